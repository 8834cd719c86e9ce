using System.Diagnostics;
using Gpu.Engine.Tracing;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Plans;

/// <summary>
/// The network for one input shape on one device: a list of operations over its input and two activation buffers used in turn, each as
/// large as the largest tensor it ever holds. The input has memory of its own, so that it stays for another run. Made once, run many times, by one run at a time, inside <see cref="Device.Enter"/>.
/// The second run is recorded, where the device can, and those after it are replayed: a plan that runs once is not worth recording.
/// </summary>
internal sealed class Plan : IDisposable
{
    private const int BufferCount = 3;

    private readonly Device device;
    private readonly List<Step> steps = [];
    private readonly DeviceBuffer?[] buffers = new DeviceBuffer?[BufferCount];
    private readonly Tensor input;
    private ClassRanking? ranking;
    private RecordedWork? recording;
    private bool hasRun;

    /// <summary>Prepares every layer, and softmax.</summary>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    /// <exception cref="ArgumentException">The input is too small for the network.</exception>
    public Plan(PreparedNetwork prepared, PlanKey key)
    {
        device = prepared.Device;
        Key = key;
        try
        {
            var operations = CreateFittingOperations(prepared, key);
            var tensors = CreateTensors(prepared, operations);
            input = tensors[0];
            for (var i = 0; i < operations.Count; i++)
            {
                steps.Add(new Step(operations[i].Layer, operations[i].Operation, tensors[i], tensors[i + 1]));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the plan is for.</summary>
    public PlanKey Key { get; }

    /// <summary>Logits of the last run, until the next.</summary>
    public Tensor Logits => steps[^1].Input;

    /// <summary>Softmax of the logits of the last run, until the next.</summary>
    public Tensor Probabilities => steps[^1].Output;

    /// <summary>Bytes of the activation buffers.</summary>
    public long Bytes => buffers.Sum(b => b?.Bytes ?? 0);

    /// <summary>The bytes of the activation buffers of a plan that is not made; more than any device has where its operations have no room.</summary>
    /// <exception cref="ArgumentException">The input is too small for the network.</exception>
    public static long BytesFor(PreparedNetwork prepared, PlanKey key)
    {
        List<(string Layer, Operation Operation)> operations = [];
        try
        {
            operations = CreateOperations(prepared, key);
            return BufferBytes(prepared.Device, Needs(operations)).Sum() + operations.Max(o => o.Operation.WorkingBytes);
        }
        catch (DeviceException failure) when (failure.IsOutOfMemory)
        {
            return long.MaxValue / 2;
        }
        finally
        {
            operations.ForEach(o => o.Operation.Dispose());
        }
    }

    /// <summary>Waits for the logits and copies them, NHWC.</summary>
    public float[] ReadLogits()
    {
        var values = new float[Logits.Shape.Elements];
        Logits.Download(values);
        return values;
    }

    /// <summary>Queues the whole network.</summary>
    /// <param name="source">The input.</param>
    /// <param name="ranked">Best classes to rank at each position, for <see cref="BeginReadScores"/>; 0 for none.</param>
    /// <param name="observer">Told the time of every layer; the device is then synchronised after each, and nothing is recorded.</param>
    /// <param name="cancellationToken">Looked at before every layer, and before a recorded run.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the plan stays usable.</exception>
    public void Run<TInput>(TInput source, int ranked, Action<LayerTiming>? observer, CancellationToken cancellationToken)
        where TInput : IPlanInput, allows ref struct
    {
        Rank(ranked);
        source.Write(device, input);
        if (observer is not null)
        {
            Observe(observer, cancellationToken);
            return;
        }

        RunAgain(cancellationToken);
    }

    /// <summary>Queues the whole network on the input that the device has.</summary>
    /// <param name="cancellationToken">Looked at before every layer, and before a recorded run.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the plan stays usable.</exception>
    public void RunAgain(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (hasRun)
        {
            recording ??= device.Record(() => Queue(CancellationToken.None));
        }

        if (recording is not null)
        {
            recording.Replay();
        }
        else
        {
            Queue(cancellationToken);
            hasRun = true;
        }
    }

    /// <summary>
    /// Begins to read the best classes of the last run, as many as it ranked, at each position. The plan may run again at once; the
    /// result waits for them, outside of <see cref="Device.Enter"/> too.
    /// </summary>
    public Func<ClassScore[]> BeginReadScores() => ranking!.BeginRead();

    /// <summary>The best classes of the last run, as many as it ranked, at each position.</summary>
    public ClassScore[] ReadScores() => BeginReadScores()();

    public void Dispose()
    {
        recording?.Dispose();
        ranking?.Dispose();
        foreach (var step in steps)
        {
            step.Operation.Dispose();
        }

        foreach (var buffer in buffers)
        {
            buffer?.Dispose();
        }
    }

    /// <summary>Prepares for ranking so many classes; what was recorded for another number is of no use then.</summary>
    private void Rank(int count)
    {
        if (count == (ranking?.Count ?? 0))
        {
            return;
        }

        recording?.Dispose();
        ranking?.Dispose();
        (recording, ranking, hasRun) = (null, null, false);
        ranking = count switch
        {
            0 => null,
            1 => device.CreateArgMax(Logits.Shape),
            _ => device.CreateTopK(Logits.Shape, count),
        };
    }

    private void Queue(CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var range = new LayerRange(step.Layer, step.Operation.Algorithm);
            step.Operation.Run(step.Input, step.Output);
        }

        ranking?.Queue(Logits, Probabilities);
    }

    private void Observe(Action<LayerTiming> observer, CancellationToken cancellationToken)
    {
        device.Synchronize();
        foreach (var step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            using var range = new LayerRange(step.Layer, step.Operation.Algorithm);
            step.Operation.Run(step.Input, step.Output);
            device.Synchronize();
            observer(new LayerTiming(step.Layer, step.Operation.Algorithm, step.Operation.Cost, Stopwatch.GetElapsedTime(start)));
        }

        ranking?.Queue(Logits, Probabilities);
    }

    private static List<(string Layer, Operation Operation)> CreateOperations(PreparedNetwork prepared, PlanKey key)
    {
        var operations = new List<(string, Operation)>();
        try
        {
            var steps = PlannedStep.For(prepared.Network, prepared.Choice, key.Input, key.FullyConnectedPadding);
            operations.AddRange(steps.Select(s => (s.Name, prepared.CreateOperation(s))));
            operations.Add(("softmax", prepared.Device.CreateSoftmax(steps[^1].Output)));
            return operations;
        }
        catch
        {
            operations.ForEach(o => o.Item2.Dispose());
            throw;
        }
    }

    /// <summary>Makes the operations, or says which batch fits, if one does.</summary>
    private List<(string Layer, Operation Operation)> CreateFittingOperations(PreparedNetwork prepared, PlanKey key)
    {
        var available = device.AvailableBytes() ?? 0;
        try
        {
            return CreateOperations(prepared, key);
        }
        catch (DeviceException failure) when (failure.IsOutOfMemory && key.Input.Batch > 1)
        {
            throw DeviceMemory.TooLarge(device, key.Input, null, available, batch => Fits(prepared, batch));
        }
    }

    /// <summary>The tensors: the input of each operation, and the output of the last.</summary>
    private static List<ActivationNeed> Needs(List<(string Layer, Operation Operation)> operations) =>
    [
        .. operations.Select(o => new ActivationNeed(o.Operation.Input, o.Operation.InputHalo, o.Operation.InputPrecision)),
        new ActivationNeed(operations[^1].Operation.Output, Halo: 0, operations[^1].Operation.OutputPrecision),
    ];

    /// <summary>The buffer that a tensor lies in: the input has one, the others two by turns.</summary>
    private static int BufferOf(int tensor) => tensor == 0 ? 0 : 1 + (tensor % 2);

    /// <summary>Each buffer is as large as the largest of its tensors.</summary>
    internal static long[] BufferBytes(Device device, List<ActivationNeed> needs) =>
        [.. Enumerable.Range(0, BufferCount).Select(b => needs.Where((_, i) => BufferOf(i) == b).Max(n => device.StorageBytes(n.Shape, n.Halo, n.Precision)))];

    /// <summary>Tensor i is the input of operation i.</summary>
    private List<Tensor> CreateTensors(PreparedNetwork prepared, List<(string Layer, Operation Operation)> operations)
    {
        try
        {
            var needs = Needs(operations);
            var bufferBytes = BufferBytes(device, needs);
            if (device.AvailableBytes() is { } available && available < bufferBytes.Sum())
            {
                operations.ForEach(o => o.Operation.Dispose());
                throw DeviceMemory.TooLarge(device, Key.Input, bufferBytes.Sum(), available, batch => Fits(prepared, batch));
            }

            foreach (var (b, bytes) in bufferBytes.Index())
            {
                buffers[b] = device.Allocate(bytes);
            }

            return [.. needs.Select((n, i) => device.View(buffers[BufferOf(i)]!, n.Shape, n.Halo, n.Precision))];
        }
        catch
        {
            operations.ForEach(o => o.Operation.Dispose());
            throw;
        }
    }

    /// <summary>Whether there is memory for another batch, once its operations have theirs.</summary>
    private bool Fits(PreparedNetwork prepared, int batch)
    {
        List<(string Layer, Operation Operation)> operations = [];
        try
        {
            operations = CreateOperations(prepared, Key with { Input = Key.Input with { Batch = batch } });
            return BufferBytes(device, Needs(operations)).Sum() <= device.AvailableBytes();
        }
        catch (DeviceException)
        {
            return false;
        }
        finally
        {
            operations.ForEach(o => o.Operation.Dispose());
        }
    }

    private readonly record struct Step(string Layer, Operation Operation, Tensor Input, Tensor Output);
}

/// <summary>A tensor that a plan keeps between two operations.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Halo">Zero pixels around each image.</param>
/// <param name="Precision">How it is stored.</param>
internal readonly record struct ActivationNeed(Shape Shape, int Halo, ProductPrecision Precision = ProductPrecision.Float32);
