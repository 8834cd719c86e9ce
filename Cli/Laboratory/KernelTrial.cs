using System.Diagnostics;
using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Cli.Laboratory;

/// <summary>A convolution on random weights and inputs, with what it gives in float64: every algorithm is checked and timed on it.</summary>
/// <param name="name">The case's name.</param>
/// <param name="specification">What is computed.</param>
internal sealed class KernelTrial(string name, ConvolutionSpecification specification)
{
    /// <summary>A measurement lasts at least so long; shorter runs are repeated within it.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    private readonly float[] input = RandomArray.Uniform(specification.Input.Elements, seed: 1);
    private readonly float[] filter = RandomArray.Uniform(specification.Filter.Elements, seed: 2, scale: MathF.Sqrt(6f / specification.Filter.Depth));
    private readonly float[] bias = RandomArray.Uniform(specification.Filter.OutputChannels, seed: 3, scale: 0.1f);
    private double[]? expected;

    /// <summary>The case's name.</summary>
    public string Name => name;

    /// <summary>What is computed.</summary>
    public ConvolutionSpecification Specification => specification;

    /// <summary>Runs an algorithm; the device is entered.</summary>
    /// <param name="device">The device.</param>
    /// <param name="algorithm">One of its algorithms that supports the specification.</param>
    /// <param name="runs">Measurements of its time; 0 to check only.</param>
    /// <param name="cancellationToken">Looked at before every run.</param>
    /// <exception cref="DeviceException">The device failed.</exception>
    public KernelResult Run(Device device, ConvolutionAlgorithm algorithm, int runs, CancellationToken cancellationToken)
    {
        using var prepared = algorithm.Prepare(new ArrayFilterSource(specification.Filter, filter, bias));
        using var operation = algorithm.Create(specification, prepared);
        using var inputBuffer = device.Allocate(device.StorageBytes(operation.Input, operation.InputHalo));
        using var outputBuffer = device.Allocate(device.StorageBytes(operation.Output, 0));
        var (source, destination) = (device.View(inputBuffer, operation.Input, operation.InputHalo), device.View(outputBuffer, operation.Output, 0));

        // What is not written shows.
        var result = new float[operation.Output.Elements];
        Array.Fill(result, float.NaN);
        destination.Upload(result);
        source.Upload(input);
        operation.Run(source, destination);
        device.Synchronize();
        destination.Download(result);
        var truth = Expected(cancellationToken);
        return new KernelResult(
            this, algorithm, Float64Operations.RelativeError(result.AsSpan(0, truth.Length), truth), operation.Cost, Time(device, operation, source, destination, runs, cancellationToken));
    }

    private static double[] Time(Device device, Operation operation, Tensor source, Tensor destination, int runs, CancellationToken cancellationToken)
    {
        if (runs == 0)
        {
            return [];
        }

        Once(1);
        var repeats = (int)Math.Clamp(Turn / Once(1), 1, 1000);
        return [.. Enumerable.Range(0, runs).Select(_ => Once(repeats).TotalMilliseconds / repeats)];

        TimeSpan Once(int count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                operation.Run(source, destination);
            }

            device.Synchronize();
            return Stopwatch.GetElapsedTime(start);
        }
    }

    /// <summary>The output of the first image of the batch, or of all where they are small.</summary>
    private double[] Expected(CancellationToken cancellationToken)
    {
        const long fewFlops = 1 << 30;
        if (expected is null)
        {
            var checkedPart = specification.Cost.Flops <= fewFlops ? specification : specification with { Input = specification.Input with { Batch = 1 } };
            var source = new ArrayFilterSource(specification.Filter, filter, bias);
            expected = Float64Operations.Convolution(
                checkedPart,
                [.. input.Take((int)checkedPart.Input.Elements).Select(v => (double)v)],
                (first, outputs, values) => source.Read(0, specification.Filter.InputChannels, first, outputs, values),
                bias,
                cancellationToken);
        }

        return expected;
    }
}

/// <summary>What an algorithm did on a case.</summary>
/// <param name="Trial">The case.</param>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Error">Relative L2 error against float64.</param>
/// <param name="Cost">Flops of the direct algorithm, and bytes.</param>
/// <param name="TimesMs">Milliseconds of a run, measured several times.</param>
internal sealed record KernelResult(KernelTrial Trial, ConvolutionAlgorithm Algorithm, double Error, OperationCost Cost, IReadOnlyList<double> TimesMs)
{
    /// <summary>Whether the error keeps within the algorithm's bound; what is no number does not.</summary>
    public bool IsRight => Error <= Algorithm.RelativeError;
}
