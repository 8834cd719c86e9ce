using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace Gpu.Kernels.Portable;

/// <summary>Queues the kernels of one convolution on a stream. All views are dense; their elements are float32.</summary>
/// <param name="stream">Where to queue them.</param>
/// <param name="input">NHWC: <c>[batch, height, width, inputChannels]</c>.</param>
/// <param name="filter">HWIO: <c>[kernelHeight, kernelWidth, inputChannels, outputChannels]</c>.</param>
/// <param name="bias">One value per output channel.</param>
/// <param name="output">NHWC, to be written whole; its content is undefined before.</param>
public delegate void ConvolutionLaunch(
    AcceleratorStream stream, ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output);

/// <summary>
/// A convolution by an ILGPU kernel of one's own, for every device that ILGPU drives: CUDA, OpenCL and the simulator. A derived class
/// names itself, says what it computes and loads its kernel; weights, tensors, checks and failures are dealt with here.
/// </summary>
public abstract class AcceleratorAlgorithm : ConvolutionAlgorithm
{
    private readonly Launches convolution;

    /// <summary>Makes the algorithm for a device.</summary>
    /// <exception cref="ArgumentException">ILGPU does not drive it: see <see cref="IsDriven"/>.</exception>
    protected AcceleratorAlgorithm(Device device)
    {
        var own = device as AcceleratorDevice ?? throw new ArgumentException("The device is none that ILGPU drives.", nameof(device));
        Accelerator = own.Accelerator;
        convolution = new Launches(own, this);
    }

    /// <inheritdoc/>
    public sealed override string FilterLayout => convolution.FilterLayout;

    /// <summary>ILGPU's accelerator, for loading kernels and asking what it can do.</summary>
    protected Accelerator Accelerator { get; }

    /// <summary>Whether ILGPU drives a device, so that it can run kernels in C#.</summary>
    public static bool IsDriven(Device device) => device is AcceleratorDevice;

    /// <inheritdoc/>
    public sealed override PreparedFilter Prepare(FilterSource source) => convolution.Prepare(source);

    /// <inheritdoc/>
    public sealed override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) => convolution.Create(specification, filter);

    /// <summary>
    /// Loads the kernel and fixes its launch for one specification, whose tensors and filter have at most 2^31 elements. Failures of ILGPU,
    /// now and at every launch, become a <see cref="DeviceException"/>.
    /// </summary>
    /// <param name="specification">A supported specification.</param>
    protected abstract ConvolutionLaunch Load(ConvolutionSpecification specification);

    /// <summary>All convolutions, unless a derived class knows better.</summary>
    protected override bool SupportsConvolution(ConvolutionSpecification specification) => true;

    /// <summary>The portable convolution around a kernel of others, whose mistakes are told as what they are.</summary>
    private sealed class Launches(AcceleratorDevice device, AcceleratorAlgorithm owner) : PortableConvolution(device)
    {
        public override string Name => owner.Name;

        public override bool FusesMaxPool => owner.FusesMaxPool;

        protected override bool SupportsConvolution(ConvolutionSpecification specification) => owner.Supports(specification);

        protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
        {
            ConvolutionLaunch? launch = null;
            Try("compile", () => launch = owner.Load(specification));
            return Operation(specification, (input, output) => Try("run", () => launch!(Device.Stream, input, filter.Weights, filter.Bias, output)));
        }

        private void Try(string work, Action call)
        {
            try
            {
                call();
            }
            catch (Exception failure) when (failure is not DeviceException)
            {
                throw new DeviceException(
                    $"{Device.Info.Id} cannot {work} {Name} of {owner.GetType().Assembly.GetName().Name} ({failure.GetType().Name}: {failure.Message.TrimEnd('.')}).", failure);
            }
        }
    }
}
