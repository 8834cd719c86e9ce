using Gpu.Kernels.Cuda.Driver;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Device = Gpu.Kernels.Devices.Device;

namespace Gpu.Kernels.Portable;

/// <summary>
/// A device driven by ILGPU: memory, kernels and failures are the same for CUDA, OpenCL and the simulator. Tensors are dense
/// NHWC without a halo, since the kernels check borders; a requested halo is ignored. Everything runs on one stream.
/// </summary>
internal abstract class AcceleratorDevice : Device
{
    /// <summary>
    /// Most elements of a tensor or filter: kernels index with 32 bits, and an index rounded up to whole groups must not overflow.
    /// </summary>
    public const long MaximumElements = int.MaxValue - (1 << 16);

    private readonly Lock user = new();
    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly AcceleratorStream stream;
    private readonly MaxPoolKernel maxPool;
    private readonly SoftmaxKernel softmax;
    private readonly ClassRankingKernel ranking;
    private readonly BilinearArgMaxKernel bilinearArgMax;
    private readonly PixelSamplingKernel pixelSampling;

    /// <summary>Takes over a context and an accelerator of it.</summary>
    protected AcceleratorDevice(DeviceInfo info, Context context, Accelerator accelerator)
    {
        Info = info;
        this.context = context;
        this.accelerator = accelerator;
        stream = accelerator.CreateStream();
        Memory = new AcceleratorMemory(this);
        Scratch = new AcceleratorScratch(Memory);
        maxPool = new MaxPoolKernel(this);
        softmax = new SoftmaxKernel(this);
        ranking = new ClassRankingKernel(this);
        bilinearArgMax = new BilinearArgMaxKernel(this);
        pixelSampling = new PixelSamplingKernel(this);
        ConvolutionAlgorithms = [new MatrixVector(this), new ImplicitGemmConvolution(this), new DirectConvolution(this)];
    }

    public override DeviceInfo Info { get; }

    /// <summary>The accelerator, for loading kernels.</summary>
    public Accelerator Accelerator => accelerator;

    /// <summary>The stream of every copy and launch.</summary>
    public AcceleratorStream Stream => stream;

    /// <summary>Allocation and copies.</summary>
    public AcceleratorMemory Memory { get; }

    /// <summary>Memory for what operations compute on the way.</summary>
    public AcceleratorScratch Scratch { get; }

    /// <summary>Makes a context with the compiler settings that the kernels are written for.</summary>
    /// <param name="devices">Registers the one device wanted.</param>
    public static Context CreateContext(Action<Context.Builder> devices) => Context.Create(builder =>
    {
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O1).Inlining(InliningMode.Aggressive);
        devices(builder);
    });

    /// <summary>Opens an accelerator, or closes its context and says why it could not be opened.</summary>
    /// <exception cref="DeviceException">ILGPU or the driver refused.</exception>
    public static AcceleratorDevice Open<TAccelerator>(
        DeviceInfo info, Context context, Func<TAccelerator> create, Func<TAccelerator, AcceleratorDevice> open)
        where TAccelerator : Accelerator
    {
        TAccelerator? accelerator = null;
        try
        {
            accelerator = create();
            return open(accelerator);
        }
        catch (Exception failure) when (IsFailure(failure) || failure is ArgumentOutOfRangeException)
        {
            if (accelerator is not null)
            {
                Release(accelerator);
            }

            Release(context);
            throw new DeviceException($"{info.Id} ({info.Name}) could not be opened ({Explain(failure)}); update its driver or choose another device.", failure);
        }
    }

    /// <inheritdoc/>
    public override IDisposable Enter() => new Scope(this);

    /// <inheritdoc/>
    public override void Synchronize() => Guard("finish its work", stream.Synchronize);

    /// <inheritdoc/>
    public override long StorageBytes(Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32) =>
        checked(shape.Elements * StoredValue.Bytes(precision));

    /// <summary>What this process has not allocated: few drivers tell what others have.</summary>
    public override long? AvailableBytes() => Info.MemoryBytes - Memory.AllocatedBytes;

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new AcceleratorBuffer(this, Memory.Allocate<float>((bytes + sizeof(float) - 1) / sizeof(float)));

    /// <inheritdoc/>
    public override Tensor View(DeviceBuffer buffer, Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32) =>
        new AcceleratorTensor(this, buffer, shape, precision);

    /// <inheritdoc/>
    public override Operation CreateMaxPool(Shape input) => maxPool.Create(input);

    /// <inheritdoc/>
    public override Operation CreateSoftmax(Shape logits) => softmax.Create(logits);

    /// <inheritdoc/>
    public override ClassRanking CreateTopK(Shape logits, int count) => ranking.Create("top-k", logits, count);

    /// <inheritdoc/>
    public override ClassRanking CreateArgMax(Shape logits) => ranking.Create("argmax", logits, 1);

    /// <inheritdoc/>
    public override UpsampledArgMax CreateUpsampledArgMax(Shape logits, UpsamplingGrid grid) => bilinearArgMax.Create(logits, grid);

    /// <inheritdoc/>
    public override DeviceRoofs MeasureRoofs(CancellationToken cancellationToken) => new(new AcceleratorRoofs(this).Measure(cancellationToken));

    /// <inheritdoc/>
    public override PixelSampling? PixelSampling => pixelSampling;

    /// <summary>Calls ILGPU and turns its failures into a <see cref="DeviceException"/>.</summary>
    public void Guard(string work, Action call)
    {
        try
        {
            call();
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            throw Failed(work, failure);
        }
    }

    /// <summary>Calls ILGPU and turns its failures into a <see cref="DeviceException"/>.</summary>
    public T Guard<T>(string work, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            throw Failed(work, failure);
        }
    }

    /// <summary>Refuses a tensor or filter whose elements 32 bits cannot index.</summary>
    /// <exception cref="DeviceException">It is too large.</exception>
    public void CheckIndexable(long elements, string what)
    {
        if (elements > MaximumElements)
        {
            throw new DeviceException($"{Info.Id} handles tensors of at most {MaximumElements:N0} values, {what} has {elements:N0}; use smaller pictures or batches.");
        }
    }

    /// <summary>Bytes that one allocation may have now.</summary>
    public virtual long LargestAllocation() => AvailableBytes()!.Value;

    /// <summary>Makes a mark of memory's last use; null on a device whose copies are waited for, where it would be of no use.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public virtual LastUse? CreateLastUse() => null;

    /// <summary>Copies from the host, before what is queued next; the source may change when this returns.</summary>
    /// <param name="source">What to copy.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="lastUse">The last use of the destination; if null all that is queued may use it.</param>
    public virtual void Copy<T>(ReadOnlySpan<T> source, ArrayView<T> destination, LastUse? lastUse)
        where T : unmanaged
    {
        destination.CopyFromCPU(stream, source);
        stream.Synchronize();
    }

    /// <summary>Reads all of a view as what is queued up to now leaves it; a device that can only queues that.</summary>
    /// <returns>Waits and returns the elements, once, outside of <see cref="Enter"/> too.</returns>
    /// <exception cref="DeviceException">The device failed.</exception>
    public virtual Func<T[]> BeginDownload<T>(ArrayView<T> source)
        where T : unmanaged
    {
        var values = new T[source.Length];
        Memory.Download(source, values);
        return () => values;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Release(pixelSampling);
            Release(stream);
            Release(accelerator);
            Release(context);
        }

        base.Dispose(disposing);
    }

    /// <summary>Whether an exception is a failure of ILGPU or the driver rather than a mistake of ours.</summary>
    public static bool IsFailure(Exception failure) =>
        failure is AcceleratorException or InternalCompilerException or CapabilityNotSupportedException or NotSupportedException or EntryPointNotFoundException;

    /// <summary>Disposes. A device that has failed fails here once more, and the first failure is the one to report.</summary>
    public static void Release(IDisposable resource) => Release(resource.Dispose);

    /// <summary>Gives back what is no object, as <see cref="Release(IDisposable)"/> does.</summary>
    public static void Release(Action release)
    {
        try
        {
            release();
        }
        catch (AcceleratorException)
        {
        }
    }

    /// <summary>The exception for a failure of ILGPU or the driver.</summary>
    public DeviceException Failed(string work, Exception failure) =>
        new($"{Info.Id} ({Info.Name}) failed to {work} ({Explain(failure)}); update its driver or choose another device.", failure);

    /// <summary>ILGPU's messages leave out the driver's error code.</summary>
    private static string Explain(Exception failure) => failure switch
    {
        CLException opencl => opencl.Error.ToString(),
        CudaException cuda => IlgpuCalls.Explain(cuda),
        _ => failure.Message,
    };

    /// <summary>A thread's turn: holds the lock and binds the accelerator, because ILGPU's OpenCL launchers serve one thread at a time.</summary>
    private sealed class Scope : IDisposable
    {
        private readonly AcceleratorDevice device;
        private readonly ScopedAcceleratorBinding binding;

        public Scope(AcceleratorDevice device)
        {
            if (device.user.IsHeldByCurrentThread)
            {
                throw new InvalidOperationException($"This thread already entered {device.Info.Id}.");
            }

            this.device = device;
            device.user.Enter();
            try
            {
                binding = device.Guard("serve this thread", device.accelerator.BindScoped);
            }
            catch
            {
                device.user.Exit();
                throw;
            }
        }

        public void Dispose()
        {
            Release(binding.Dispose);
            device.user.Exit();
        }
    }
}
