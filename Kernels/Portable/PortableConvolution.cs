using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>What the portable convolutions share: dense NHWC tensors and filters as they come, HWIO.</summary>
internal abstract class PortableConvolution(AcceleratorDevice device) : ConvolutionAlgorithm
{
    /// <summary>
    /// Terms that are added up in float32 before their sum is added to the total. One float32 sum over all of a layer's terms
    /// loses more than 1e-6 of the result from 4000 terms on; sums of sums keep it near 3e-7 at 25000.
    /// </summary>
    protected const int TermsPerSum = 256;

    /// <summary>Values that are rearranged at a time on the way to the device.</summary>
    private const int UploadBlock = 4 << 20;

    public override string FilterLayout => AcceleratorFilter.LayoutName;

    /// <summary>The device that runs it.</summary>
    protected AcceleratorDevice Device => device;

    public override PreparedFilter Prepare(FilterSource source)
    {
        var weights = device.Memory.Allocate<float>(source.Shape.Elements);
        try
        {
            Upload(source, weights.View);
            weights = Arrange(weights, source.Shape);
            return new AcceleratorFilter(device, FilterLayout, source.Shape, weights, device.Memory.Upload<float>(source.ReadBiases()));
        }
        catch
        {
            device.Memory.Free(weights);
            throw;
        }
    }

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter)
    {
        var own = Require<AcceleratorFilter>(specification, filter);
        if (own.Device != device || own.Layout != FilterLayout || !Supports(specification))
        {
            throw new ArgumentException($"{Name} on {device.Info.Id} does not take this {specification.Padding} convolution of {specification.Input} with {specification.Filter}.");
        }

        device.CheckIndexable(specification.Input.Elements, $"the input {specification.Input}");
        device.CheckIndexable(specification.Filter.Elements, $"the filter {specification.Filter}");
        device.CheckIndexable(specification.Output.Elements, $"the output {specification.Output}");
        return Create(specification, own);
    }

    /// <summary>Straight from where the filter lies, or, if it is stored otherwise, by blocks of inputs.</summary>
    private void Upload(FilterSource source, ArrayView<float> destination)
    {
        if (source.TryGetWhole(out var whole))
        {
            device.Memory.Upload(whole, destination);
            return;
        }

        var shape = source.Shape;
        var positions = shape.KernelHeight * shape.KernelWidth;
        var inputsPerBlock = Math.Clamp(UploadBlock / (positions * shape.OutputChannels), 1, shape.InputChannels);
        var block = new float[positions * inputsPerBlock * shape.OutputChannels];
        for (var first = 0; first < shape.InputChannels; first += inputsPerBlock)
        {
            var inputs = Math.Min(inputsPerBlock, shape.InputChannels - first);
            source.Read(first, inputs, 0, shape.OutputChannels, block);
            var length = inputs * shape.OutputChannels;
            for (var position = 0; position < positions; position++)
            {
                var offset = ((position * shape.InputChannels) + first) * (long)shape.OutputChannels;
                device.Memory.Upload<float>(block.AsSpan(position * length, length), destination.SubView(offset, length));
            }
        }
    }

    /// <summary>Brings weights on the device from HWIO into <see cref="FilterLayout"/>: returns them, or others and frees them.</summary>
    protected virtual MemoryBuffer1D<float, Stride1D.Dense> Arrange(MemoryBuffer1D<float, Stride1D.Dense> weights, FilterShape shape) => weights;

    /// <summary>Makes the operation; everything is checked.</summary>
    protected abstract Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) => true;

    /// <summary>Where a view begins in the device's memory, for kernels in inline PTX.</summary>
    protected static long AddressOf<TView>(TView view)
        where TView : IContiguousArrayView => AcceleratorMemory.AddressOf(view);

    /// <summary>Wraps the launches.</summary>
    protected Operation Operation(ConvolutionSpecification specification, Action<ArrayView<float>, ArrayView<float>> launch) =>
        new AcceleratorOperation(
            device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output, _) => launch(input, output), scratch: 0, (specification.InputPrecision, specification.OutputPrecision));
}
