using Spectre.Console;

namespace Pipelines.Cli.Output;

/// <summary>A column of a list.</summary>
/// <param name="Header">Its head.</param>
/// <param name="Text">The cell of a row.</param>
/// <param name="Colour">The colour of the cell in a terminal; null: the terminal's own.</param>
/// <param name="Wraps">Sentences may be broken into lines where the terminal is narrow; a time or a state may not.</param>
internal sealed record Column<T>(string Header, Func<T, string?> Text, Func<T, string?>? Colour = null, bool Wraps = false);

/// <summary>Where results go: tables in a terminal, plain aligned lines in a file or pipe, JSON for programs.</summary>
internal sealed class Screen
{
    private readonly TextWriter _writer;
    private readonly OutputFormat _format;

    public Screen(TextWriter writer, OutputFormat format)
    {
        (_writer, _format) = (writer, format);
        IsTerminal = ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected;
        Ansi = IsTerminal
            ? AnsiConsole.Console
            : AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(writer),
            });
    }

    public bool IsTerminal { get; }

    public bool IsJson => _format == OutputFormat.Json;

    public IAnsiConsole Ansi { get; }

    /// <summary>A line for people; nothing for programs.</summary>
    public void Say(string text)
    {
        if (!IsJson)
            _writer.WriteLine(text);
    }

    /// <summary>Asks a person for what nobody shall read over their shoulder.</summary>
    public string AskSecret(string question) => Ansi.Prompt(new TextPrompt<string>(question).Secret());

    /// <summary>A line as it is, whoever reads.</summary>
    public void Raw(string text) => _writer.WriteLine(text);

    /// <summary>The document for programs; nothing for people.</summary>
    public void Document<T>(T view)
    {
        if (IsJson)
            _writer.WriteLine(Json.Write(view));
    }

    /// <summary>A list: a JSON array, or a table that says so when it is empty.</summary>
    public void List<T>(IReadOnlyList<T> rows, string empty, params IReadOnlyList<Column<T>> columns)
    {
        if (IsJson)
            Document(rows);
        else if (rows.Count == 0)
            Say(empty);
        else
            Table(rows, columns);
    }

    /// <summary>A table for people; nothing for programs.</summary>
    public void Table<T>(IReadOnlyList<T> rows, params IReadOnlyList<Column<T>> columns)
    {
        if (IsJson || rows.Count == 0)
            return;
        if (!IsTerminal)
        {
            PlainTable(rows, columns);
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Spectre.Console.Text(column.Header, new Style(decoration: Decoration.Bold)))
            {
                NoWrap = !column.Wraps, Padding = new Padding(0, 0, 1, 0),
            });
        foreach (var row in rows)
            table.AddRow(columns.Select(column => new Markup(Cell(column, row))));
        Ansi.Write(table);
    }

    /// <summary>Names and values, one a line; nulls and empties are left out.</summary>
    public void Facts(params IReadOnlyList<(string Name, string? Value)> facts)
    {
        if (IsJson)
            return;
        var shown = facts.Where(fact => !string.IsNullOrEmpty(fact.Value)).ToList();
        var width = shown.Count == 0 ? 0 : shown.Max(fact => fact.Name.Length);
        foreach (var (name, value) in shown)
            _writer.WriteLine($"{name.PadRight(width)}  {value}");
    }

    private static string Cell<T>(Column<T> column, T row)
    {
        var text = Markup.Escape(column.Text(row) ?? "");
        return column.Colour?.Invoke(row) is { } colour ? $"[{colour}]{text}[/]" : text;
    }

    private void PlainTable<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns)
    {
        var cells = rows.Select(row => columns.Select(column => OneLine(column.Text(row))).ToArray())
            .Prepend([.. columns.Select(column => column.Header)]).ToList();
        var widths = columns.Select((_, i) => cells.Max(row => row[i].Length)).ToArray();
        foreach (var row in cells)
            _writer.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    private static string OneLine(string? text) => text?.ReplaceLineEndings(" ") ?? "";
}
