using Gpu.Kernels.Operations;

namespace Gpu.Engine.Plans;

/// <summary>One layer of one run, measured with the device idle before and after it.</summary>
/// <param name="Layer">
/// Name in the table of layers, of a convolution and a pool computed at once both, as <c>conv1/conv1_2+pool1</c>; <c>softmax</c> for what
/// follows them.
/// </param>
/// <param name="Algorithm">The algorithm that ran.</param>
/// <param name="Cost">Flops and bytes.</param>
/// <param name="Elapsed">Time.</param>
public sealed record LayerTiming(string Layer, string Algorithm, OperationCost Cost, TimeSpan Elapsed)
{
    /// <summary>Flops of the direct algorithm per nanosecond.</summary>
    public double GigaflopsPerSecond => Cost.Flops / Elapsed.TotalNanoseconds;
}
