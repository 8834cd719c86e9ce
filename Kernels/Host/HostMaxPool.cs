using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// 2x2 max pool, a row of a block of channels per item. Bound by memory: reads four pixels of 64 bytes, writes one.
/// </summary>
internal sealed unsafe class HostMaxPool(Shape input, HostThreads threads) : Operation(input, MaxPool.Output(input), MaxPool.Cost(input))
{
    public override string Algorithm => "max-pool";

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        threads.For(Output.Batch * destination.Blocks, item =>
        {
            var (image, block) = Math.DivRem(item, destination.Blocks);
            for (var y = 0; y < Output.Height; y++)
            {
                PoolRow(source.At(image, block, MaxPool.Size * y, 0), source.RowStride, destination.At(image, block, y, 0));
            }
        });
    }

    private void PoolRow(float* source, nint rowStride, float* destination)
    {
        const int pixel = HostTensor.BlockChannels;
        for (var x = 0; x < Output.Width; x++, source += MaxPool.Size * pixel, destination += pixel)
        {
            for (var c = 0; c < pixel; c += Vector256<float>.Count)
            {
                var top = Vector256.Max(Vector256.Load(source + c), Vector256.Load(source + c + pixel));
                var bottom = Vector256.Max(Vector256.Load(source + c + rowStride), Vector256.Load(source + c + rowStride + pixel));
                Vector256.Store(Vector256.Max(top, bottom), destination + c);
            }
        }
    }
}
