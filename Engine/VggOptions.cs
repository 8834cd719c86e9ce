using Gpu.Engine.Plans;
using Gpu.Engine.Preprocessing;
using Gpu.Kernels.Devices;
using Gpu.Loader.Labels;

namespace Gpu.Engine;

/// <summary>The arithmetic of a network.</summary>
public enum Precision
{
    /// <summary>Float32 throughout; logits within 1e-5 relative L2 of float64.</summary>
    Float32,

    /// <summary>
    /// Float32, with weights of the fully connected layers stored as float16: half the memory and time to read them, logits
    /// within 1e-3 relative L2 of float64. On the CPU, and, for a single position, on NVIDIA GPUs of compute capability 8.0 or newer.
    /// </summary>
    Float16Weights,

    /// <summary>
    /// Float32, with weights of the fully connected layers stored as integers of 20 bits: 0.63 of the memory and time to read them, logits
    /// within 1e-5 relative L2 of float64. On the CPU.
    /// </summary>
    Int20Weights,

    /// <summary>
    /// Layers multiply float16 on tensor cores and add in float32; for a single position the fully connected ones do as
    /// <see cref="Float16Weights"/> says. Here and in the three that follow the device is an NVIDIA GPU of compute capability 8.0 or
    /// newer; in those the fully connected layers for a single position are float32, and of tensor floats the first layer is too.
    /// </summary>
    Float16,

    /// <summary>Layers multiply bfloat16: the range of float32, 8 significant bits.</summary>
    BFloat16,

    /// <summary>Layers multiply tensor floats: the range of float32, 11 significant bits.</summary>
    TensorFloat32,

    /// <summary>Layers multiply sums of two tensor floats, three products for each of float32, whose accuracy they have.</summary>
    TensorFloat32x3,

    /// <summary>
    /// Layers multiply sums of two bfloat16, three products for each of float32; logits within 5e-5 relative L2 of float64. On CPUs
    /// with a matrix unit (Intel AMX, in Xeons from 2023 on, under Linux). The first layer is float32; the fully connected ones have weights as
    /// <see cref="Int20Weights"/> says, and are float32 for few positions.
    /// </summary>
    BFloat16x3,

    /// <summary>Convolutions as <see cref="BFloat16x3"/> and fully connected layers as <see cref="Float16Weights"/> says.</summary>
    BFloat16x3Float16Weights,
}

/// <summary>How the algorithm of a layer is chosen where several can compute it.</summary>
public enum AlgorithmTuning
{
    /// <summary>By the device's own estimates.</summary>
    Estimate,

    /// <summary>As <see cref="Measure"/> found on this device in an earlier run; by estimates where it did not.</summary>
    Remember,

    /// <summary>
    /// By measuring all of them once on this device for each shape, which takes some seconds; the outcome is kept in
    /// <see cref="VggOptions.TuningFile"/>.
    /// </summary>
    Measure,
}

/// <summary>How a model is loaded and run.</summary>
public sealed record VggOptions
{
    /// <summary><c>auto</c> (first CUDA, then OpenCL GPU, then CPU), <c>cuda:0</c>, <c>opencl:0</c>, <c>cpu</c> or <c>simulator</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads of the CPU device; null for as many as the process may use.</summary>
    public int? Threads { get; init; }

    /// <summary>Who adds convolution algorithms to the device's own, for <see cref="Algorithms"/> to name.</summary>
    public IReadOnlyList<IAlgorithmProvider> AlgorithmProviders { get; init; } = [];

    /// <summary>Arithmetic.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>
    /// The classes, one per logit; null for ImageNet's names where the network has as many classes, else for numbers.
    /// </summary>
    public IReadOnlyList<ClassLabel>? Labels { get; init; }

    /// <summary>Resizing and cropping for classification.</summary>
    public PreprocessingOptions Preprocessing { get; init; } = PreprocessingOptions.Default;

    /// <summary>
    /// Most memory, in bytes, that labelling a picture may use: of the CPU device what the whole process occupies meanwhile, of
    /// another what its parameters and activations take. Pictures beyond it are labelled in windows. Null for three quarters of what the device has.
    /// </summary>
    public long? MaximumMemory { get; init; }

    /// <summary>
    /// Algorithms asked for by name, of layers such as <c>conv3_2</c> or <c>conv3/conv3_2</c>; <c>*</c> is any other layer for which the
    /// device has that algorithm.
    /// </summary>
    public IReadOnlyDictionary<string, string> Algorithms { get; init; } = new Dictionary<string, string>();

    /// <summary>How the others are chosen.</summary>
    public AlgorithmTuning Tuning { get; init; }

    /// <summary>Where measured choices are kept; null for <c>algorithms.json</c> in the user's cache folder.</summary>
    public string? TuningFile { get; init; }

    /// <summary>Told every comparison that is measured.</summary>
    public Action<AlgorithmTrial>? TrialObserver { get; init; }

    /// <summary>
    /// Told the time of every layer, on the thread of the run. The device is then synchronised after every layer, which costs
    /// some of its speed.
    /// </summary>
    public Action<LayerTiming>? LayerObserver { get; init; }

    /// <summary>Opens the device.</summary>
    /// <exception cref="DeviceException">It is absent or cannot be opened.</exception>
    /// <exception cref="KernelLibraryException">A provider of algorithms fails.</exception>
    public Device OpenDevice() => DeviceCatalog.Open(Device, new DeviceOptions { Threads = Threads, AlgorithmProviders = AlgorithmProviders });
}

/// <summary>How a picture is labelled.</summary>
public sealed record LabelOptions
{
    /// <summary>
    /// Padding of the first fully connected layer: VALID gives a map smaller by 6 cells, of windows that lie inside the picture
    /// (at least 224x224); SAME gives a cell for every 32 pixels of any picture of at least 32x32.
    /// </summary>
    public Kernels.Operations.Padding Padding { get; init; } = Kernels.Operations.Padding.Valid;

    /// <summary>Whether to label every pixel as well, by bilinear interpolation of the logits.</summary>
    public bool FullResolution { get; init; }

    /// <summary>Told the share done, 0 to 1, before and after every window of a large picture, on the thread of the run.</summary>
    public IProgress<double>? Progress { get; init; }
}
