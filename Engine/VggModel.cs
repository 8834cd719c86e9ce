using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gpu.Engine.Networks;
using Gpu.Engine.Plans;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;
using Gpu.Loader.Networks;

namespace Gpu.Engine;

/// <summary>
/// A VGG network loaded on a device. Safe for use by several threads: parameters are shared and immutable, each run borrows
/// activation buffers of its own. Runs of one input shape on one device give equal bits. Dispose it after the last run.
/// </summary>
public sealed class VggModel : IDisposable
{
    private readonly Checkpoint checkpoint;
    private readonly Device device;
    private readonly bool ownsResources;
    private readonly PreparedNetwork prepared;
    private readonly PlanCache plans;
    private readonly VggOptions options;
    private readonly Classifier classifier;
    private bool disposed;

    private VggModel(Checkpoint checkpoint, Device device, VggOptions options, bool ownsResources)
    {
        var network = VggNetwork.Match(checkpoint);
        options.Preprocessing.Validate();
        Labels = ChooseLabels(network, options.Labels, checkpoint.Path);
        this.checkpoint = checkpoint;
        this.device = device;
        this.ownsResources = ownsResources;
        this.options = options;
        var choice = new AlgorithmChoice(device, options);
        choice.Validate(network);
        prepared = new PreparedNetwork(network, device, choice);
        plans = new PlanCache(prepared, options.LayerObserver);
        classifier = new Classifier(prepared, plans, options, Labels);
        try
        {
            using var scope = device.Enter();

            DeviceMemory.CheckWeights(device, checkpoint, classifier.KeyOf(1).Input, options.Precision);

            // Uploads the parameters, so that loading is done and its errors are known when this returns.
            plans.Return(plans.Borrow(classifier.KeyOf(1)));
        }
        catch
        {
            ReleasePlans();
            throw;
        }
    }

    /// <summary>The network's name: <c>VGG-11</c>, <c>VGG-16</c> or <c>VGG-19</c>.</summary>
    public string Network => prepared.Network.Architecture.DisplayName;

    /// <summary>Where the weights are from, by the names of their tensors: <c>TF-Slim</c>, <c>torchvision</c>, <c>Keras</c>, ...</summary>
    public string Source => prepared.Network.Profile.Name;

    /// <summary>What the network's input is made of pixels.</summary>
    public PixelNormalization Normalization => prepared.Network.Profile.Normalization;

    /// <summary>Weights and biases of the network.</summary>
    public long Parameters => prepared.Network.Parameters;

    /// <summary>Bytes that weights and biases take on the device, as its kernels want them.</summary>
    public long ParameterBytes => prepared.Bytes;

    /// <summary>Bytes of weights that need no memory beside it, as the device uses them where the checkpoint's file is mapped.</summary>
    public long ParameterBytesInPlace => prepared.BytesInPlace;

    /// <summary>The device that runs it.</summary>
    public DeviceInfo Device => device.Info;

    /// <summary>The classes, one per logit.</summary>
    public IReadOnlyList<ClassLabel> Labels { get; }

    /// <summary>Opens a checkpoint and a device, and uploads the parameters.</summary>
    /// <param name="weights">A checkpoint of a VGG network in any format and from any source of <see cref="WeightsProfile.All"/>.</param>
    /// <param name="options">Device, labels and preprocessing.</param>
    /// <exception cref="CheckpointException">The file is not a readable checkpoint.</exception>
    /// <exception cref="NetworkException">It holds no VGG network, or the labels do not fit it.</exception>
    /// <exception cref="DeviceException">The device is absent or has not enough memory.</exception>
    /// <exception cref="KernelLibraryException">A provider of algorithms fails.</exception>
    public static VggModel Load(string weights, VggOptions? options = null)
    {
        options ??= new VggOptions();
        var checkpoint = Checkpoint.Open(weights);
        Device? device = null;
        try
        {
            device = options.OpenDevice();
            return new VggModel(checkpoint, device, options, ownsResources: true);
        }
        catch
        {
            device?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Loads from an open checkpoint to an open device, both of which stay the caller's to dispose, after the model.</summary>
    /// <exception cref="CheckpointException">A tensor is damaged.</exception>
    /// <exception cref="NetworkException">The checkpoint holds no VGG network, or the labels do not fit it.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public static VggModel Load(Checkpoint checkpoint, Device device, VggOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(device);
        return new VggModel(checkpoint, device, options ?? new VggOptions(), ownsResources: false);
    }

    /// <summary>Classifies a picture: shorter side to 256, central 224x224, softmax (otherwise by <see cref="VggOptions.Preprocessing"/>).</summary>
    /// <param name="image">The picture.</param>
    /// <param name="top">Classes to return; at most as many as the network has.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>The best classes, best first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<Prediction> Classify(RgbImage image, int top = 5, CancellationToken cancellationToken = default) =>
        Classify([image], top, cancellationToken)[0];

    /// <summary>Classifies several pictures in one run.</summary>
    /// <param name="images">The pictures, of any sizes.</param>
    /// <param name="top">Classes to return for each.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>For each picture the best classes, best first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<IReadOnlyList<Prediction>> Classify(
        IReadOnlyList<RgbImage> images, int top = 5, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return ClassifyTimed(images, top, cancellationToken).Predictions;
    }

    /// <summary>The greatest power of two of pictures that one run of <see cref="ClassifyAsync"/> has memory for.</summary>
    /// <param name="most">More than these are not asked for.</param>
    /// <returns>At least 1.</returns>
    public int LargestBatch(int most)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = device.Enter();
        var batch = 1;
        while (2 * batch <= most && LabellingMemory.HasRoom(prepared, options.MaximumMemory, plans.BytesFor(classifier.KeyOf(2 * batch))))
        {
            batch *= 2;
        }

        return batch;
    }

    /// <summary>
    /// Classifies files as they come, in their order: the next are read while the network runs, and on a GPU the next batch is
    /// prepared too. A file that cannot be read yields its error and does not stop the others.
    /// </summary>
    /// <param name="paths">Picture files.</param>
    /// <param name="batchSize">Pictures per run of the network.</param>
    /// <param name="top">Classes to return for each.</param>
    /// <param name="readOptions">How the files are decoded.</param>
    /// <param name="cancellationToken">Looked at before every layer and every file.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IAsyncEnumerable<ClassifiedImage> ClassifyAsync(
        IEnumerable<string> paths,
        int batchSize = 1,
        int top = 5,
        ImageReadOptions? readOptions = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        // A processor that runs the network has no time for the next batch; one that waits for a GPU has.
        var (readers, ahead) = device.Info.Kind == DeviceKind.Cpu ? (1, 0) : (Environment.ProcessorCount, 1);
        var pictures = PictureReader.ReadAsync(paths, readOptions, Math.Max(batchSize, readers), readers, cancellationToken);
        return new BatchPipeline(batchSize, ahead, (batch, cancellation) => ClassifyBatch(batch, top, cancellation)).RunAsync(pictures, cancellationToken);
    }

    /// <summary>
    /// Labels files as they come, in their order: the next is read while the network runs. A file that cannot be read or is too small
    /// yields its error and does not stop the others.
    /// </summary>
    /// <param name="paths">Picture files.</param>
    /// <param name="options">Padding and resolution for each picture; the defaults of <see cref="LabelOptions"/> if null.</param>
    /// <param name="readOptions">How the files are decoded.</param>
    /// <param name="cancellationToken">Looked at before every layer and every file.</param>
    /// <exception cref="DeviceException">The memory is not even enough for the smallest windows of a picture.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<LabelledImage> LabelAsync(
        IEnumerable<string> paths,
        Func<RgbImage, LabelOptions>? options = null,
        ImageReadOptions? readOptions = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        await foreach (var picture in PictureReader.ReadAsync(paths, readOptions, ahead: 1, readers: 1, cancellationToken).ConfigureAwait(false))
        {
            yield return picture.Image is null
                ? new LabelledImage(picture.Path, null, null, TimeSpan.Zero, picture.Error)
                : await Task.Run(() => LabelFile(picture.Path, picture.Image, options?.Invoke(picture.Image), cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Labels a whole picture at its own size: the network runs fully convolutionally, a class for every 32-pixel cell. What does
    /// not fit into <see cref="VggOptions.MaximumMemory"/> is run in overlapping windows, and gives the same map.
    /// </summary>
    /// <param name="image">The picture; at least 224x224 with VALID padding, 32x32 with SAME.</param>
    /// <param name="options">Padding and resolution.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <exception cref="ArgumentException">The picture is too small; the message says what is possible.</exception>
    /// <exception cref="DeviceException">The memory is not even enough for the smallest windows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public LabelMap Label(RgbImage image, LabelOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = device.Enter();
        return new DenseLabelling(prepared, plans, Labels, this.options, image, options ?? new LabelOptions()).Run(cancellationToken);
    }

    /// <summary>Runs the network on an input that is made already, for checks and measurements beside other implementations.</summary>
    /// <param name="input">Shape of the input: any batch, at least 224x224 with VALID padding, 32x32 with SAME; 3 channels.</param>
    /// <param name="values">The input, NHWC, as <see cref="Normalization"/> makes it of pixels in the order red, green, blue.</param>
    /// <param name="padding">Padding of the first fully connected layer.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>The logits, NHWC.</returns>
    /// <exception cref="ArgumentException">The input is too small, or has another number of values than its shape.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public float[] Logits(Shape input, ReadOnlySpan<float> values, Padding padding = Padding.Valid, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = device.Enter();
        return plans.Run(new PlanKey(input, padding), new ValuesInput(values), ranked: 0, plan => plan.ReadLogits(), cancellationToken);
    }

    /// <summary>Times the network alone: its input is on the device before each run, and its logits stay there.</summary>
    /// <param name="input">Shape of the input, as for <see cref="Logits"/>.</param>
    /// <param name="values">The input, NHWC.</param>
    /// <param name="runs">Runs that are timed, after two that are not.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <returns>The times, in order.</returns>
    /// <exception cref="ArgumentException">The input is too small, or has another number of values than its shape.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<TimeSpan> Time(Shape input, ReadOnlySpan<float> values, int runs, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = device.Enter();
        return plans.Run(new PlanKey(input, Padding.Valid), new ValuesInput(values), ranked: 0, TimeRuns, cancellationToken);

        TimeSpan[] TimeRuns(Plan plan)
        {
            // The first of these records the network, where the device can.
            plan.RunAgain(cancellationToken);
            device.Synchronize();
            var times = new TimeSpan[runs];
            for (var run = 0; run < runs; run++)
            {
                var start = Stopwatch.GetTimestamp();
                plan.RunAgain(cancellationToken);
                device.Synchronize();
                times[run] = Stopwatch.GetElapsedTime(start);
            }

            return times;
        }
    }

    /// <summary>Releases buffers and parameters, and, if the model opened them, device and checkpoint.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        ReleasePlans();
        if (ownsResources)
        {
            device.Dispose();
            checkpoint.Dispose();
        }
    }

    private static IReadOnlyList<ClassLabel> ChooseLabels(VggNetwork network, IReadOnlyList<ClassLabel>? labels, string path)
    {
        if (labels is null)
        {
            return network.Classes == ClassLabels.ImageNet.Count
                ? ClassLabels.ImageNet
                : [.. Enumerable.Range(0, network.Classes).Select(i => new ClassLabel(i, null, $"class {i}"))];
        }

        return labels.Count == network.Classes
            ? labels
            : throw new NetworkException($"'{path}' has {network.Classes} classes, but {labels.Count} labels were given.");
    }

    /// <summary>Classifies the readable pictures of a batch in one run; the others come with their error.</summary>
    private Task<IReadOnlyList<ClassifiedImage>> ClassifyBatch(
        IReadOnlyList<ReadPicture> batch, int top, CancellationToken cancellationToken) => Task.Run(IReadOnlyList<ClassifiedImage> () =>
    {
        var images = batch.Where(i => i.Image is not null).Select(i => i.Image!).ToList();
        var (predictions, elapsed) = ClassifyTimed(images, top, cancellationToken);
        var results = new Queue<IReadOnlyList<Prediction>>(predictions);
        elapsed /= Math.Max(1, images.Count);
        return [.. batch.Select(i => i.Image is null
            ? new ClassifiedImage(i.Path, null, [], TimeSpan.Zero, i.Error)
            : new ClassifiedImage(i.Path, i.Image, results.Dequeue(), elapsed, null))];
    }, cancellationToken);

    private (IReadOnlyList<IReadOnlyList<Prediction>> Predictions, TimeSpan Elapsed) ClassifyTimed(
        IReadOnlyList<RgbImage> images, int top, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return classifier.Run(images, top, cancellationToken);
    }

    private LabelledImage LabelFile(string path, RgbImage image, LabelOptions? options, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            var map = Label(image, options, cancellationToken);
            return new LabelledImage(path, image, map, Stopwatch.GetElapsedTime(start), null);
        }
        catch (ArgumentException exception)
        {
            return new LabelledImage(path, image, null, TimeSpan.Zero, $"'{path}': {exception.Message}");
        }
    }

    private void ReleasePlans()
    {
        using var scope = device.Enter();
        plans.Dispose();
        prepared.Dispose();
    }
}
