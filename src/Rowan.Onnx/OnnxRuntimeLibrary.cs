using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.ML.OnnxRuntime;

namespace Rowan.Onnx;

/// <summary>
/// Finds the native library of ONNX Runtime where the program does not contain it, as the tool rowan does not: named by the environment
/// variable ROWAN_ONNXRUNTIME, or in NuGet's folder of packages.
/// </summary>
static class OnnxRuntimeLibrary
{
    /// <summary>Names the library, its folder, or a folder of NuGet packages.</summary>
    public const string Variable = "ROWAN_ONNXRUNTIME";

    const string Package = "Microsoft.ML.OnnxRuntime";

    static readonly Lazy<bool> Resolver = new(() =>
    {
        // Called only where the library was not found in the usual way.
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (_, name) =>
            name.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase) && Find() is { } path ? NativeLibrary.Load(path) : 0;
        return true;
    });

    /// <summary>Version of the managed part, which the library must have too.</summary>
    public static string Version { get; } =
        typeof(InferenceSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? typeof(InferenceSession).Assembly.GetName().Version!.ToString(3);

    /// <summary>Makes sure that the library can be loaded.</summary>
    /// <exception cref="NotSupportedException">It is nowhere; the message says how to get it.</exception>
    public static void Load()
    {
        _ = Resolver.Value;
        try
        {
            _ = OrtEnv.Instance();
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException
            or BadImageFormatException)
        {
            throw new NotSupportedException($"the native library of ONNX Runtime ({FileName}, version {Version}) was not found; "
                + $"download it "
                + $"with 'dotnet package download {Package}@{Version} --output DIR' and set {Variable}=DIR", error);
        }
    }

    /// <summary>Why the library cannot be loaded, and what to do; null if it can.</summary>
    public static string? Problem()
    {
        try
        {
            Load();
            return null;
        }
        catch (NotSupportedException missing) { return missing.Message; }
    }

    /// <summary>The library of this platform, outside the program; null if it is nowhere.</summary>
    public static string? Find()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Candidates(Environment.GetEnvironmentVariable(Variable), packages).FirstOrDefault(File.Exists);
    }

    /// <summary>Where the library may lie, the first choice first.</summary>
    public static IEnumerable<string> Candidates(string? named, string packages)
    {
        string inPackage = Path.Combine(Package.ToLowerInvariant(), Version, "runtimes", Platform, "native", FileName);
        if (!string.IsNullOrEmpty(named))
            return [named, Path.Combine(named, FileName), Path.Combine(named, inPackage)];
        return [Path.Combine(packages, inPackage)];
    }

    static string Platform => (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux") + "-"
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    static string FileName => OperatingSystem.IsWindows() ? "onnxruntime.dll"
        : OperatingSystem.IsMacOS() ? "libonnxruntime.dylib" : "libonnxruntime.so";
}
