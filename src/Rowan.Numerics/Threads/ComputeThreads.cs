using Rowan.Numerics;

namespace Rowan;

/// <summary>The number of threads that Rowan computes with, as <c>torch.set_num_threads</c> sets it for PyTorch.</summary>
/// <remarks>Results have the same bits for any number. May be set at any time from any thread; loops that run keep theirs.</remarks>
public static class ComputeThreads
{
    /// <summary>Threads of one loop, the caller's included; by default the number of processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public static int Count
    {
        get => Workers.Threads;
        set => Workers.Threads = value;
    }
}
