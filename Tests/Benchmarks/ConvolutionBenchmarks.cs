using BenchmarkDotNet.Attributes;
using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Benchmarks;

/// <summary>Every algorithm of the CPU on the layers of VGG-16: the same cases as the tests.</summary>
public class ConvolutionBenchmarks
{
    private HostDevice device = null!;
    private PreparedFilter filter = null!;
    private Operation operation = null!;
    private DeviceBuffer[] buffers = [];
    private Tensor input = null!;
    private Tensor output = null!;

    public static IEnumerable<string> Algorithms
    {
        get
        {
            using var device = new HostDevice();
            return [.. device.ConvolutionAlgorithms.Select(a => a.Name)];
        }
    }

    public static IEnumerable<ConvolutionCase> Cases => ConvolutionCase.Vgg16;

    [ParamsSource(nameof(Cases))]
    public ConvolutionCase Case { get; set; } = null!;

    [ParamsSource(nameof(Algorithms))]
    public string Algorithm { get; set; } = null!;

    [GlobalSetup]
    public void Prepare()
    {
        device = new HostDevice();
        var specification = Case.Specification;
        var algorithm = device.ConvolutionAlgorithms.Single(a => a.Name == Algorithm);
        filter = algorithm.Prepare(new ArrayFilterSource(
            specification.Filter, RandomArray.Uniform(specification.Filter.Elements, seed: 1),
            RandomArray.Uniform(specification.Filter.OutputChannels, seed: 2)));
        operation = algorithm.Create(specification, filter);
        buffers =
        [
            device.Allocate(device.StorageBytes(operation.Input, operation.InputHalo)),
            device.Allocate(device.StorageBytes(operation.Output, 0)),
        ];
        input = device.View(buffers[0], operation.Input, operation.InputHalo);
        output = device.View(buffers[1], operation.Output, 0);
        input.Upload(RandomArray.Uniform(operation.Input.Elements, seed: 3));
    }

    [Benchmark]
    public void Run() => operation.Run(input, output);

    [GlobalCleanup]
    public void Release()
    {
        operation.Dispose();
        filter.Dispose();
        foreach (var buffer in buffers)
        {
            buffer.Dispose();
        }

        device.Dispose();
    }
}
