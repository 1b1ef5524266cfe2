using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowan.Tables;

/// <summary>
/// Asks the system to back large memory with pages of 2 MiB: a random row of a large table then costs one miss and not two. Quietly:
/// where it is not to be had, or not Linux, nothing is different but the time.
/// </summary>
static partial class HugePages
{
    const nuint Page = 2 << 20;
    const int Advice = 14;             // MADV_HUGEPAGE

    /// <summary>Asks for memory that is pinned and was not written yet.</summary>
    public static unsafe void Ask(Span<byte> memory)
    {
        if (!OperatingSystem.IsLinux() || (nuint)memory.Length < 4 * Page) return;
        nuint start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)), end = start + (nuint)memory.Length;
        start = (start + Page - 1) / Page * Page;
        end = end / Page * Page;
        try { _ = Advise(start, end - start, Advice); }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException) { }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
