namespace Gpu.Kernels.Operations;

/// <summary>How an algorithm stores weights.</summary>
public enum WeightPrecision
{
    /// <summary>As they are.</summary>
    Float32,

    /// <summary>Rounded to 11 significant bits: half the memory, and half the time where reading them decides.</summary>
    Float16,

    /// <summary>Rounded to integers of 20 bits with a scale for some of them together: 0.63 of the memory, and an error like float32's.</summary>
    Int20,
}
