namespace Pipelines.Web.Tests;

/// <summary>One server for all classes of this assembly; each class has a database of its own.</summary>
[CollectionDefinition(Name)]
public sealed class OnPostgres : ICollectionFixture<TestServer>
{
    public const string Name = "postgres";
}
