using System.Globalization;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>How the CPU device runs.</summary>
public sealed record HostOptions
{
    /// <summary>Threads of one operation; null for as many as the process may use.</summary>
    public int? Threads { get; init; }

    /// <summary>Instructions to use; null for the widest that the processor has.</summary>
    public HostInstructionSet? InstructionSet { get; init; }
}

/// <summary>This machine's processor: SIMD kernels over native memory. Admits any number of threads at once.</summary>
public sealed class HostDevice : Device
{
    private readonly HostThreads threads;
    private readonly HostScratch scratch = new();

    /// <summary>Chooses instructions and threads.</summary>
    /// <exception cref="DeviceException">The processor lacks the instructions asked for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is not at least one thread.</exception>
    public HostDevice(HostOptions? options = null)
    {
        var instructionSet = HostInstructionSets.Require(options?.InstructionSet ?? HostInstructionSets.Best);
        var hasMatrixUnit = instructionSet == HostInstructionSet.Avx512 && AmxKernel.IsSupported;
        threads = new HostThreads(options?.Threads ?? Environment.ProcessorCount);
        Info = new DeviceInfo(
            "cpu",
            DeviceKind.Cpu,
            ProcessorName(),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{HostInstructionSets.DisplayName(instructionSet)}{(hasMatrixUnit ? " and AMX" : string.Empty)}, {threads.Count} {(threads.Count == 1 ? "thread" : "threads")}"));
        var kernels = DirectKernelTable.For(instructionSet);
        var fullyConnectedKernels = FullyConnectedKernelTable.For(instructionSet);
        var fullyConnected = new FullyConnected(fullyConnectedKernels, threads);
        FullyConnected[] rounded = [new FullyConnectedFloat16(fullyConnectedKernels, threads), new FullyConnectedInt20(fullyConnectedKernels, threads)];
        var vectors = new VectorProducts(kernels);
        List<ConvolutionAlgorithm> algorithms =
        [
            new LargeKernelWinograd(fullyConnected, LargeKernelTransformTable.For(instructionSet), kernels, threads, scratch),
            .. from layer in rounded.Prepend(fullyConnected) select new BlockedGemm(layer, vectors, threads, scratch),
            fullyConnected,
            .. rounded,
            new WinogradConvolution(WinogradKernelTable.For(instructionSet, tile: 2), vectors, threads, scratch),
            new WinogradConvolution(WinogradKernelTable.For(instructionSet, tile: 4), vectors, threads, scratch),
            new WinogradConvolution(
                WinogradKernelTable.For(instructionSet, tile: 6), vectors, threads, scratch, WinogradConvolution.SmallFilterBytes),
            new DirectConvolution(kernels, threads),
        ];
        if (hasMatrixUnit)
        {
            var tiles = new AmxProducts();
            algorithms.AddRange(from layer in rounded select new BlockedGemm(layer, tiles, threads, scratch));
            algorithms.Add(new WinogradConvolution(WinogradKernelTable.For(instructionSet, tile: 2), tiles, threads, scratch));
            algorithms.Add(new WinogradConvolution(WinogradKernelTable.For(instructionSet, tile: 4), tiles, threads, scratch));
        }

        ConvolutionAlgorithms = algorithms;
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <inheritdoc/>
    public override IDisposable Enter() => Admission.Free;

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    public override long StorageBytes(Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32) => precision == ProductPrecision.Float32
        ? HostTensor.StorageBytes(shape, halo)
        : throw new ArgumentException($"The CPU does not store activations as {precision}.", nameof(precision));

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new HostBuffer(bytes);

    /// <inheritdoc/>
    public override Tensor View(DeviceBuffer buffer, Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32)
    {
        _ = StorageBytes(shape, halo, precision);
        return buffer is HostBuffer own ? new HostTensor(own, shape, halo) : throw new ArgumentException("The buffer is of another device family.", nameof(buffer));
    }

    /// <inheritdoc/>
    public override Operation CreateMaxPool(Shape input) => new HostMaxPool(input, threads);

    /// <inheritdoc/>
    public override Operation CreateSoftmax(Shape logits) => new HostSoftmax(logits, threads);

    /// <inheritdoc/>
    public override ClassRanking CreateTopK(Shape logits, int count) => new HostClassRanking("top-k", logits, count, threads);

    /// <inheritdoc/>
    public override ClassRanking CreateArgMax(Shape logits) => new HostClassRanking("argmax", logits, 1, threads);

    /// <inheritdoc/>
    public override UpsampledArgMax CreateUpsampledArgMax(Shape logits, UpsamplingGrid grid) => new HostUpsampledArgMax(logits, grid, threads);

    /// <inheritdoc/>
    public override DeviceRoofs MeasureRoofs(CancellationToken cancellationToken) => new(new HostRoofs(threads).Measure(cancellationToken));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        scratch.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The model name that Linux gives, else the architecture.</summary>
    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo";
        var model = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return model is null
            ? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString()
            : model[(model.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private sealed class Admission : IDisposable
    {
        public static readonly Admission Free = new();

        public void Dispose()
        {
        }
    }
}
