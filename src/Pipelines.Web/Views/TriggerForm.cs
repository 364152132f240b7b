using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Web.Views;

/// <summary>What is typed into the trigger form, as it was typed, and what of it does not fit.</summary>
internal sealed class TriggerForm
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly DagSpec _spec;
    private readonly Dictionary<string, IReadOnlyList<string>> _typed = [];
    private bool _whole;

    private TriggerForm(DagSpec spec, IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> given)
    {
        _spec = spec;
        Fields = ArgumentFields.Of(spec.Arguments);
        foreach (var (name, values) in given)
            _typed[name] = [.. values.Select(value => (value ?? "").ReplaceLineEndings("\n"))];
    }

    public IReadOnlyList<ArgumentField> Fields { get; }

    /// <summary>Typed as JSON, not field by field.</summary>
    public bool AsJson { get; private set; }

    public string Json { get; private set; } = "";

    /// <summary>Arguments of the run that it begins with that this console cannot read: they are left out.</summary>
    public IReadOnlyList<string> LeftOut { get; private set; } = [];

    /// <summary>data, when an interval is given; else the last complete one is meant.</summary>
    public bool GivesInterval => One("when") == "data";

    public IReadOnlyList<ArgumentProblem> Problems { get; private set; } = [];

    /// <param name="spec">The DAG's graph.</param>
    /// <param name="query">What the address prefills: <c>arg.region=EMEA</c>.</param>
    /// <param name="copied">Arguments of a run to begin with, as JSON.</param>
    public static TriggerForm Prefilled(DagSpec spec, IQueryCollection query, string? copied)
    {
        var form = new TriggerForm(spec, query) { AsJson = query["view"] == "json" };
        var value = ArgumentFields.Defaults(spec.Arguments);
        var given = (copied is null ? null : JsonNode.Parse(copied)) as JsonObject ?? [];
        form.LeftOut = [.. given.Where(one => Payloads.IsEncoded(one.Value)).Select(one => one.Key)];
        foreach (var (name, one) in given.Where(one => !Payloads.IsEncoded(one.Value)))
            value[name] = one?.DeepClone();
        form.Fill(value, keep: true);
        form.Json = ArgumentFields.Read(form.Fields, form.Typed).ToJsonString(Indented);
        return form;
    }

    /// <summary>As it was sent.</summary>
    /// <param name="spec">The DAG's graph.</param>
    /// <param name="sent">The fields.</param>
    /// <param name="whole">It may take the place of what somebody else has filled in: what has its default is said as well.</param>
    public static TriggerForm Sent(DagSpec spec, IFormCollection sent, bool whole = false) => new(spec, sent) { AsJson = sent["shown"] == "json", Json = sent["json"].ToString(), _whole = whole };

    public string One(string name) => _typed.TryGetValue(name, out var values) && values.Count > 0 ? values[^1] : "";

    /// <summary>What is said beside a field; null: nothing.</summary>
    public string? Wrong(ArgumentField field) =>
        Problems.FirstOrDefault(problem => problem.Path == field.Path || problem.Path.StartsWith(field.Path + "[", StringComparison.Ordinal) || problem.Path.StartsWith(field.Path + ".", StringComparison.Ordinal))?.Beside;

    /// <summary>Problems that belong to no field.</summary>
    public IEnumerable<ArgumentProblem> Others => Problems.Where(problem => AsJson || Fields.All(one => Wrong(one) != problem.Beside));

    /// <summary>The arguments as JSON, without those that have their default anyway, unless it is the whole; null: none.</summary>
    public string? Arguments()
    {
        if (_spec.Arguments is null)
            return null;
        if (AsJson)
            return string.IsNullOrWhiteSpace(Json) ? null : Json;
        var value = ArgumentFields.Read(Fields, Typed);
        if (_whole)
            return value.ToJsonString();
        foreach (var (name, one) in ArgumentFields.Defaults(_spec.Arguments))
        {
            if (value.TryGetPropertyValue(name, out var given) && JsonNode.DeepEquals(given, one))
                value.Remove(name);
        }

        return value.Count == 0 ? null : value.ToJsonString();
    }

    /// <summary>Holds the arguments against their schema.</summary>
    /// <exception cref="RefusedException">They are no JSON object.</exception>
    public void Check() => Problems = RunArguments.Problems(_spec.Id, _spec.Arguments, Arguments());

    /// <summary>Shows the same as JSON, or field by field.</summary>
    /// <exception cref="RefusedException">What was typed as JSON is none: it stays.</exception>
    public void Turn(bool toJson)
    {
        if (toJson == AsJson)
            return;
        if (toJson)
            Json = ArgumentFields.Read(Fields, Typed).ToJsonString(Indented);
        else
            Fill(Parsed(), keep: false);
        AsJson = toJson;
    }

    /// <summary>The command that does the same.</summary>
    public string CommandLine()
    {
        var line = $"pipelines runs start {BackfillPreview.Quoted(_spec.Id)}";
        var json = Arguments();
        if (json is not null)
        {
            var simple = TryParse(json) is JsonObject fields && fields.All(field => field.Value is null or JsonValue) ? fields : null;
            line += simple is null
                ? $" --arguments {BackfillPreview.Quoted(json.ReplaceLineEndings(" "))}"
                : string.Concat(simple.Select(field => $" --arg {BackfillPreview.Quoted($"{field.Key}={(field.Value?.GetValueKind() == JsonValueKind.String ? (string?)field.Value : field.Value?.ToJsonString() ?? "null")}")}"));
        }

        if (GivesInterval && One("start").Length > 0)
            line += $" --interval-start {BackfillPreview.Quoted(One("start"))} --interval-end {BackfillPreview.Quoted(One("end"))}";
        if (One("key").Length > 0)
            line += $" --key {BackfillPreview.Quoted(One("key"))}";
        if (One("priority").Trim().Length > 0)
            line += $" --priority {BackfillPreview.Quoted(One("priority").Trim())}";
        if (One("note").Length > 0)
            line += $" --note {BackfillPreview.Quoted(One("note"))}";
        return line;
    }

    private static JsonNode? TryParse(string json)
    {
        try
        {
            return GivenJson.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private IReadOnlyList<string> Typed(string name) => _typed.GetValueOrDefault(name, []);

    private JsonObject Parsed()
    {
        try
        {
            return string.IsNullOrWhiteSpace(Json) ? [] : GivenJson.Parse(Json) as JsonObject ?? throw new JsonException("it is a list or a single value");
        }
        catch (JsonException e)
        {
            throw new RefusedException($"what is typed is not a JSON object, such as {{\"days\": 3}}: {e.Message.TrimEnd('.')}. Mend it, then turn to the form");
        }
    }

    private void Fill(JsonObject value, bool keep)
    {
        foreach (var field in Fields)
        {
            if (!keep || !_typed.ContainsKey(field.Name))
                _typed[field.Name] = [field.Shown(ArgumentFields.At(value, field.Path))];
        }
    }
}
