using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>Softmax, a row of positions per item, in float64: a map of 18 x 26 x 1000 takes milliseconds.</summary>
internal sealed class HostSoftmax(Shape logits, HostThreads threads) : Operation(logits, logits, Softmax.Cost(logits))
{
    public override string Algorithm => "softmax";

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        threads.For(Input.Batch * Input.Height, item =>
        {
            var (image, row) = Math.DivRem(item, Input.Height);
            var values = new float[Input.Channels];
            var exponentials = new double[Input.Channels];
            for (var x = 0; x < Input.Width; x++)
            {
                source.ReadPosition(image, row, x, values);
                var highest = values.Max();
                double sum = 0;
                for (var c = 0; c < values.Length; c++)
                {
                    sum += exponentials[c] = Math.Exp(values[c] - (double)highest);
                }

                for (var c = 0; c < values.Length; c++)
                {
                    values[c] = (float)(exponentials[c] / sum);
                }

                destination.WritePosition(image, row, x, values);
            }
        });
    }
}
