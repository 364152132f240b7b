namespace Pipelines.Cli;

/// <summary>Who reads the output.</summary>
public enum OutputFormat
{
    /// <summary>People.</summary>
    Table,

    /// <summary>Programs: one JSON document, with names that stay.</summary>
    Json,
}
