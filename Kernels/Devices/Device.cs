using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Devices;

/// <summary>
/// One opened device: its memory, its registry of convolution algorithms and the other operations of a network.
/// Operations may be created and run by several threads, each inside its own <see cref="Enter"/>.
/// Buffers, filters and operations are disposed before their device.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>Identity and properties.</summary>
    public abstract DeviceInfo Info { get; }

    /// <summary>The convolution algorithms that this device can run: its own, the preferred first, then those added. Their names differ.</summary>
    public IReadOnlyList<ConvolutionAlgorithm> ConvolutionAlgorithms { get; protected set; } = [];

    /// <summary>Those of them that <see cref="DeviceOptions.AlgorithmProviders"/> added: they compute what they are asked for by name.</summary>
    public IReadOnlyList<ConvolutionAlgorithm> AddedAlgorithms { get; private set; } = [];

    /// <summary>
    /// Makes the calling thread the device's user until the result is disposed: an accelerator binds its context and admits
    /// one thread at a time, the CPU admits all. Not re-entrant; every call below, and every use of what they return, happens inside.
    /// </summary>
    public abstract IDisposable Enter();

    /// <summary>Waits until everything queued is done.</summary>
    /// <exception cref="DeviceException">A queued operation failed.</exception>
    public abstract void Synchronize();

    /// <summary>Bytes that a tensor occupies in this family's layout.</summary>
    /// <exception cref="ArgumentException">The family has no algorithms for tensors that are stored so.</exception>
    public abstract long StorageBytes(Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32);

    /// <summary>Bytes of the device's memory that can be allocated now, as far as it tells; null where that is the process's memory.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public virtual long? AvailableBytes() => null;

    /// <summary>Allocates memory; its content is undefined.</summary>
    /// <exception cref="DeviceException">The device has not that much.</exception>
    public abstract DeviceBuffer Allocate(long bytes);

    /// <summary>Views the start of a buffer as a tensor.</summary>
    /// <exception cref="ArgumentException">The buffer is smaller than <see cref="StorageBytes"/> or of another family.</exception>
    public abstract Tensor View(DeviceBuffer buffer, Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32);

    /// <summary>Prepares a <see cref="MaxPool"/>.</summary>
    public abstract Operation CreateMaxPool(Shape input);

    /// <summary>Prepares a <see cref="Softmax"/> over the channels.</summary>
    public abstract Operation CreateSoftmax(Shape logits);

    /// <summary>Prepares a ranking of the <paramref name="count"/> best classes of each position; for few positions.</summary>
    public abstract ClassRanking CreateTopK(Shape logits, int count);

    /// <summary>Prepares a ranking of the best class of each position; for maps of many positions.</summary>
    public abstract ClassRanking CreateArgMax(Shape logits);

    /// <summary>Prepares labels at a picture's resolution.</summary>
    public abstract UpsampledArgMax CreateUpsampledArgMax(Shape logits, UpsamplingGrid grid);

    /// <summary>Makes inputs of pixels; null on a device that has no memory of its own, to which inputs need not travel.</summary>
    public virtual PixelSampling? PixelSampling => null;

    /// <summary>
    /// Records what <paramref name="work"/> queues, without running it, to queue it again by one call; null on a device that cannot.
    /// The work has run once before, uses memory that outlives the recording, and neither allocates nor copies nor waits.
    /// </summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public virtual RecordedWork? Record(Action work) => null;

    /// <summary>Measures what the device can do at the most, in a second or two.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public abstract DeviceRoofs MeasureRoofs(CancellationToken cancellationToken);

    /// <summary>Adds what a provider has for this device.</summary>
    /// <exception cref="KernelLibraryException">The provider fails, or a name cannot be used.</exception>
    internal void Add(IAlgorithmProvider provider)
    {
        var source = provider.GetType().FullName;
        List<ConvolutionAlgorithm> added;
        try
        {
            using var scope = Enter();
            added = [.. provider.Create(this)];
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new KernelLibraryException($"{source} fails to create its algorithms for {Info.Id} ({failure.GetType().Name}: {failure.Message.TrimEnd('.')}).", failure);
        }

        foreach (var name in added.Select(a => a.Name))
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                throw new KernelLibraryException($"{source} has an algorithm named '{name}'; a name consists of letters, digits, '-', '_' and '.'.");
            }

            if (ConvolutionAlgorithms.Concat(added).Count(a => a.Name == name) > 1)
            {
                throw new KernelLibraryException($"{source} has an algorithm '{name}', and {Info.Id} has one of that name already; choose another name.");
            }
        }

        AddedAlgorithms = [.. AddedAlgorithms, .. added];
        ConvolutionAlgorithms = [.. ConvolutionAlgorithms, .. added];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the device.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
