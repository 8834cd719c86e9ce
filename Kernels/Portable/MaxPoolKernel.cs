// out[n,y,x,c] = max(in[n, 2y..2y+1, 2x..2x+1, c]).
// in is (N, H, W, C), out is (N, H/2, W/2, C), dense.
// Launch: one thread per output element, channels fastest, so that all five accesses of neighbours are adjacent.
// Bound by bytes: 4 loads and 1 store of 4 bytes for 3 comparisons.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>The 2x2 max pool, a thread per output.</summary>
internal sealed class MaxPoolKernel(AcceleratorDevice device)
{
    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, int, int, int>> launcher =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, int, int, int>(Kernel));

    /// <summary>Prepares a <see cref="MaxPool"/>.</summary>
    public Operation Create(Shape input)
    {
        var output = MaxPool.Output(input);
        device.CheckIndexable(input.Elements, $"the input {input}");
        var launch = device.Guard("compile max-pool", () => launcher.Value);
        return new AcceleratorOperation(device, "max-pool", input, output, MaxPool.Cost(input),
            (source, destination, _) => launch(device.Stream, (int)output.Elements, source, destination, input.Height, input.Width, input.Channels));
    }

    internal static void Kernel(Index1D index, ArrayView<float> input, ArrayView<float> output, int height, int width, int channels)
    {
        var channel = index % channels;
        var position = index / channels;
        var x = position % (width / MaxPool.Size);
        var y = position / (width / MaxPool.Size) % (height / MaxPool.Size);
        var image = position / (width / MaxPool.Size) / (height / MaxPool.Size);
        var start = ((image * height + y * MaxPool.Size) * width + x * MaxPool.Size) * channels + channel;
        var below = start + width * channels;
        output[index] = IntrinsicMath.Max(
            IntrinsicMath.Max(input[start], input[start + channels]), IntrinsicMath.Max(input[below], input[below + channels]));
    }
}
