using System.Runtime.CompilerServices;

namespace Rowan.TestSupport;

/// <summary>The folder that holds the solution, found from where this file was compiled.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    static string Find([CallerFilePath] string here = "")
    {
        foreach (string start in (string[])[Path.GetDirectoryName(here)!, AppContext.BaseDirectory])
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
                if (System.IO.File.Exists(Path.Combine(folder.FullName, "Rowan.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("Rowan.slnx was not found above the tests; run them from a checkout");
    }
}
