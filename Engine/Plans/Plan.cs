using System.Diagnostics;
using Gpu.Engine.Tracing;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Plans;

/// <summary>
/// The network for one input shape on one device: a list of operations over two activation buffers used in turn, each as
/// large as the largest tensor it ever holds. Made once, run many times, by one run at a time, inside <see cref="Device.Enter"/>.
/// The second run is recorded, where the device can, and those after it are replayed: a plan that runs once is not worth recording.
/// </summary>
internal sealed class Plan : IDisposable
{
    private const int BufferCount = 2;

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
            var operations = CreateOperations(prepared, key);
            var tensors = CreateTensors(operations);
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

    /// <summary>Bytes of both activation buffers.</summary>
    public long Bytes => buffers.Sum(b => b?.Bytes ?? 0);

    /// <summary>The bytes of both activation buffers of a plan that is not made.</summary>
    /// <exception cref="ArgumentException">The input is too small for the network.</exception>
    public static long BytesFor(PreparedNetwork prepared, PlanKey key)
    {
        var operations = CreateOperations(prepared, key);
        try
        {
            return BufferBytes(prepared.Device, Needs(operations)).Sum();
        }
        finally
        {
            operations.ForEach(o => o.Operation.Dispose());
        }
    }

    /// <summary>Queues the whole network.</summary>
    /// <param name="values">Input, NHWC.</param>
    /// <param name="ranked">Best classes to rank at each position, for <see cref="ReadScores"/>; 0 for none.</param>
    /// <param name="observer">Told the time of every layer; the device is then synchronised after each, and nothing is recorded.</param>
    /// <param name="cancellationToken">Looked at before every layer, and before a recorded run.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the plan stays usable.</exception>
    public void Run(ReadOnlySpan<float> values, int ranked, Action<LayerTiming>? observer, CancellationToken cancellationToken)
    {
        Rank(ranked);
        input.Upload(values);
        if (observer is not null)
        {
            Observe(observer, cancellationToken);
            return;
        }

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

    /// <summary>The best classes of the last run, as many as it ranked, at each position.</summary>
    public ClassScore[] ReadScores()
    {
        var scores = new ClassScore[ranking!.Logits.Positions * ranking.Count];
        ranking.Read(scores);
        return scores;
    }

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
        var device = prepared.Device;
        var operations = new List<(string, Operation)>();
        try
        {
            var shape = key.Input;
            var layers = prepared.Network.Layers;
            for (var i = 0; i < layers.Count; i++)
            {
                var (layer, name) = (layers[i], layers[i].Row.Name);
                if (layer.Filter is null)
                {
                    operations.Add((name, device.CreateMaxPool(shape)));
                }
                else
                {
                    var specification = PreparedNetwork.Specify(layer, shape, key.FullyConnectedPadding);
                    var isPooledNext = i + 1 < layers.Count && layers[i + 1].Filter is null;
                    var operation = prepared.CreateConvolution(layer, specification, isPooledNext);
                    if (operation.Output != specification.Output)
                    {
                        name += $"+{layers[++i].Row.Name}";
                    }

                    operations.Add((name, operation));
                }

                shape = operations[^1].Item2.Output;
            }

            operations.Add(("softmax", device.CreateSoftmax(shape)));
            return operations;
        }
        catch
        {
            operations.ForEach(o => o.Item2.Dispose());
            throw;
        }
    }

    /// <summary>Shapes and halos of the tensors: the input of each operation, and the output of the last.</summary>
    private static List<(Shape Shape, int Halo)> Needs(List<(string Layer, Operation Operation)> operations) =>
        [.. operations.Select(o => (o.Operation.Input, o.Operation.InputHalo)), (operations[^1].Operation.Output, 0)];

    /// <summary>Even tensors lie in one buffer, odd ones in the other; each is as large as the largest of them.</summary>
    internal static long[] BufferBytes(Device device, List<(Shape Shape, int Halo)> needs) =>
        [.. Enumerable.Range(0, BufferCount).Select(b => needs.Where((_, i) => i % BufferCount == b).Max(n => device.StorageBytes(n.Shape, n.Halo)))];

    /// <summary>Tensor i is the input of operation i.</summary>
    private List<Tensor> CreateTensors(List<(string Layer, Operation Operation)> operations)
    {
        try
        {
            var needs = Needs(operations);
            var bufferBytes = BufferBytes(device, needs);
            DeviceMemory.CheckActivations(device, Key.Input, bufferBytes.Sum());
            foreach (var (b, bytes) in bufferBytes.Index())
            {
                buffers[b] = device.Allocate(bytes);
            }

            return [.. needs.Select((n, i) => device.View(buffers[i % BufferCount]!, n.Shape, n.Halo))];
        }
        catch
        {
            operations.ForEach(o => o.Operation.Dispose());
            throw;
        }
    }

    private readonly record struct Step(string Layer, Operation Operation, Tensor Input, Tensor Output);
}
