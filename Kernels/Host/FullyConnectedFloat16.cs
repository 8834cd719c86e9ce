using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Fully connected layers with weights stored as float16 and everything else in float32: half the bytes to read. Rounding the
/// weights costs 2.1e-4 relative L2, the root mean square of 11-bit rounding, whatever the depth.
/// </summary>
internal sealed class FullyConnectedFloat16(FullyConnectedKernelTable kernels, HostThreads threads) : FullyConnected(kernels, threads)
{
    private readonly FullyConnectedKernelTable kernels = kernels;
    private readonly HostThreads threads = threads;

    public override string WeightsSuffix => "-fp16";

    public override WeightPrecision WeightPrecision => WeightPrecision.Float16;

    public override double RelativeError => 3e-4;

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => (sizeof(ushort) * filter.Elements) + (sizeof(float) * filter.OutputChannels);

    public override PreparedFilter Prepare(FilterSource source) => new FullyConnectedFloat16Filter(FilterLayout, kernels, threads, source);
}
