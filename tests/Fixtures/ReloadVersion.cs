using System.Text;

/// <summary>Makes versions of an assembly without a compiler: the text <c>version-0001</c> is changed in what was built.</summary>
internal static class ReloadVersion
{
    public static string Text(int version) => $"version-{version:0000}";

    public static byte[] Patched(byte[] assembly, int version)
    {
        var (from, to) = (Encoding.Unicode.GetBytes(Text(1)), Encoding.Unicode.GetBytes(Text(version)));
        var at = assembly.AsSpan().IndexOf(from);
        if (at < 0)
            throw new InvalidOperationException("The assembly has no version text.");
        to.CopyTo(assembly.AsSpan(at));
        return assembly;
    }
}
