using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Devices;

/// <summary>
/// Adds convolution algorithms from outside to a device: a public class of a <see cref="KernelLibrary"/> that has a public constructor
/// without parameters.
/// </summary>
public interface IAlgorithmProvider
{
    /// <summary>Makes the algorithms of one opened device, which is entered; none where they do not run on it.</summary>
    /// <param name="device">The device; outlives the algorithms.</param>
    IEnumerable<ConvolutionAlgorithm> Create(Device device);
}
