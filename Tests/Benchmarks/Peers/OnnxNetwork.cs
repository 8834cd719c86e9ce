using System.Runtime.InteropServices;
using Google.Protobuf;
using Gpu.Benchmarks.Peers.Onnx;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Benchmarks.Peers;

/// <summary>Writes a checkpoint's network as an ONNX model: the fully connected layers as Gemm for a 224x224 input, as convolutions for a larger one.</summary>
internal static class OnnxNetwork
{
    private const int Float32 = 1;
    private const int IrVersion = 8;
    private const int OperatorSet = 13;

    /// <summary>Names of the model's input, NCHW, and output.</summary>
    public const string Input = "input";

    /// <summary>Name of the logits, [N, classes] or NCHW.</summary>
    public const string Output = "logits";

    /// <summary>Writes the model for one input shape.</summary>
    public static void Write(Checkpoint checkpoint, Shape input, bool dense, string path)
    {
        var weights = VggWeights.Match(checkpoint)!;
        var graph = new GraphProto { Name = weights.Architecture.DisplayName };
        graph.Input.Add(Value(Input, [input.Batch, input.Channels, input.Height, input.Width]));
        var current = Input;
        foreach (var row in weights.Architecture.Layers)
        {
            if (row.Kind == VggLayerKind.MaxPool)
            {
                current = Add(graph, "MaxPool", row.Name, [current], Ints("kernel_shape", 2, 2), Ints("strides", 2, 2));
                continue;
            }

            var layer = weights.Layers.Single(l => l.Layer == row);
            var isGemm = row.Kind == VggLayerKind.FullyConnected && !dense;
            graph.Initializer.Add(Tensor($"{row.Name}/weights", Filter(layer), isGemm
                ? [layer.OutputChannels, (long)layer.InputChannels * row.KernelSize * row.KernelSize]
                : [layer.OutputChannels, layer.InputChannels, row.KernelSize, row.KernelSize]));
            graph.Initializer.Add(Tensor($"{row.Name}/biases", layer.ReadBiases(), [layer.OutputChannels]));
            if (isGemm && row.KernelSize > 1)
            {
                current = Add(graph, "Flatten", $"{row.Name}/flatten", [current]);
            }

            var pad = row.Kind == VggLayerKind.Convolution ? row.KernelSize / 2 : 0;
            string[] inputs = [current, $"{row.Name}/weights", $"{row.Name}/biases"];
            current = isGemm
                ? Add(graph, "Gemm", row.Name, inputs, new AttributeProto { Name = "transB", I = 1, Type = 2 })
                : Add(graph, "Conv", row.Name, inputs, Ints("kernel_shape", row.KernelSize, row.KernelSize), Ints("pads", pad, pad, pad, pad));
            current = row.Relu ? Add(graph, "Relu", $"{row.Name}/relu", [current]) : current;
        }

        graph.Node[^1].Output[0] = Output;
        graph.Output.Add(Value(Output, null));
        var model = new ModelProto { IrVersion = IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        using var stream = File.Create(path);
        model.WriteTo(stream);
    }

    private static string Add(GraphProto graph, string type, string name, string[] inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = name };
        node.Input.AddRange(inputs);
        node.Output.Add($"{name}/output");
        node.Attribute.AddRange(attributes);
        graph.Node.Add(node);
        return node.Output[0];
    }

    private static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = 7 };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    private static TensorProto Tensor(string name, float[] values, long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = Float32, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)) };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    private static ValueInfoProto Value(string name, long[]? shape)
    {
        var type = new TensorTypeProto { ElemType = Float32 };
        if (shape is not null)
        {
            type.Shape = new TensorShapeProto();
            type.Shape.Dim.AddRange(shape.Select(d => new DimensionProto { DimValue = d }));
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }

    /// <summary>A filter in ONNX's order: outputs, inputs, height, width.</summary>
    private static float[] Filter(LayerWeights layer)
    {
        var (inputs, outputs, positions) = (layer.InputChannels, layer.OutputChannels, layer.Layer.KernelSize * layer.Layer.KernelSize);
        var (hwio, oihw) = (new float[positions * inputs * outputs], new float[positions * inputs * outputs]);
        layer.Read(0, inputs, 0, outputs, hwio);
        Parallel.For(0, outputs, o =>
        {
            for (var i = 0; i < inputs; i++)
            {
                for (var p = 0; p < positions; p++)
                {
                    oihw[(((o * inputs) + i) * positions) + p] = hwio[(((p * inputs) + i) * outputs) + o];
                }
            }
        });
        return oihw;
    }
}
