namespace Parts;

/// <summary>A private dependency that two DAG assemblies bring in different versions.</summary>
public static class Catalogue
{
    public static string Version => typeof(Catalogue).Assembly.GetName().Version!.ToString(1);
}
