using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Fully connected layers with weights stored as integers of 20 bits, with a scale for 8 rows of a vector of outputs, and everything else in
/// float32: 0.63 of the bytes to read. Rounding costs 0.29 * 2^-19 of the largest weight that shares a scale, 1.6e-6 relative L2 where
/// weights are distributed normally. On two threads of an Intel Xeon (AVX-512) fc6 of VGG-16 took 11.5 to 12.6 ms where float32 took 16.5 to 18.5, and on
/// one 19.9.
/// </summary>
internal sealed class FullyConnectedInt20(FullyConnectedKernelTable kernels, HostThreads threads) : FullyConnected(kernels, threads)
{
    private const int BitsPerWeight = 20;

    private readonly FullyConnectedKernelTable kernels = kernels;
    private readonly HostThreads threads = threads;

    public override string WeightsSuffix => "-int20";

    public override WeightPrecision WeightPrecision => WeightPrecision.Int20;

    public override double RelativeError => 5e-6;

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) =>
        (BitsPerWeight * filter.Elements / 8) + (sizeof(float) * filter.OutputChannels);

    public override PreparedFilter Prepare(FilterSource source) => new FullyConnectedInt20Filter(FilterLayout, kernels, threads, source);
}
