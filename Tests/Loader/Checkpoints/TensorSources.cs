using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>Tensors of arrays, for checkpoints that tests write.</summary>
internal static class TensorSources
{
    public static TensorSource Float32(string name, float[] values, params long[] shape) =>
        new(name, ElementType.Float32, shape.Length > 0 ? shape : [values.Length], (long)values.Length * sizeof(float), (offset, destination) =>
            MemoryMarshal.AsBytes<float>(values).Slice((int)offset, destination.Length).CopyTo(destination.Span));

    /// <summary>A scalar.</summary>
    public static TensorSource Int64(string name, long value) =>
        new(name, ElementType.Int64, [], sizeof(long), (_, destination) => MemoryMarshal.Write(destination.Span, value));
}
