using Gpu.Kernels.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Gpu.Benchmarks.Peers;

/// <summary>The network in ONNX Runtime on the CPU, with its defaults but for the number of threads.</summary>
internal sealed class OnnxRuntimeNetwork : IDisposable
{
    private readonly InferenceSession session;
    private readonly OrtValue input;
    private readonly RunOptions options = new();

    /// <summary>Loads the model and keeps the input, NHWC.</summary>
    public OnnxRuntimeNetwork(string model, int threads, Shape shape, float[] nhwc)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        session = new InferenceSession(model, settings);
        var nchw = new float[nhwc.Length];
        var plane = shape.Height * shape.Width;
        for (var i = 0; i < nhwc.Length; i++)
        {
            var (position, channel) = (i / shape.Channels, i % shape.Channels);
            nchw[(((position / plane * shape.Channels) + channel) * plane) + (position % plane)] = nhwc[i];
        }

        input = OrtValue.CreateTensorValueFromMemory(nchw, [shape.Batch, shape.Channels, shape.Height, shape.Width]);
    }

    /// <summary>One run.</summary>
    /// <returns>The logits, NHWC.</returns>
    public float[] Run()
    {
        using var outputs = session.Run(options, [OnnxNetwork.Input], [input], [OnnxNetwork.Output]);
        var values = outputs[0].GetTensorDataAsSpan<float>();
        var shape = outputs[0].GetTensorTypeAndShape().Shape;
        var (classes, plane) = ((int)shape[1], (int)(shape.Length == 4 ? shape[2] * shape[3] : 1));
        var nhwc = new float[values.Length];
        for (var i = 0; i < nhwc.Length; i++)
        {
            var (position, channel) = (i / classes, i % classes);
            nhwc[i] = values[(((position / plane * classes) + channel) * plane) + (position % plane)];
        }

        return nhwc;
    }

    public void Dispose()
    {
        input.Dispose();
        options.Dispose();
        session.Dispose();
    }
}
