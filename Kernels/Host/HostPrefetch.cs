using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Gpu.Kernels.Host;

/// <summary>Brings what will soon be read into the caches, since the hardware's own prefetching stops at every page of memory.</summary>
internal static unsafe class HostPrefetch
{
    /// <summary>Floats of a cache line.</summary>
    public const int LineFloats = 16;

    /// <summary>Asks for a cache line to be brought to the L2 cache, where there is an instruction for it; any address is allowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchAhead(float* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(address);
        }
    }
}
