using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Groups that reduce one position's channels together: each thread takes every so-many-th channel, then halves meet in shared memory.</summary>
internal static class GroupReduction
{
    /// <summary>Most threads of a group, and elements of its shared arrays.</summary>
    public const int MaximumThreads = 128;

    /// <summary>Threads of a group on this device: a power of two, so that halving ends at one.</summary>
    public static int Threads(Accelerator accelerator)
    {
        var threads = MaximumThreads;
        while (threads > accelerator.MaxNumThreadsPerGroup)
        {
            threads /= 2;
        }

        return threads;
    }
}
