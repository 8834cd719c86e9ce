namespace Gpu.Kernels.Operations;

/// <summary>What an operation has to do at the least, whichever algorithm does it: the base of GFLOP/s, GB/s and rooflines.</summary>
/// <param name="Flops">Floating-point operations, 2 per multiply-add, of the direct algorithm.</param>
/// <param name="Bytes">Bytes of inputs, parameters and outputs, each moved once.</param>
public readonly record struct OperationCost(long Flops, long Bytes);
