using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Values;

/// <summary>Tensors of floating-point numbers in another type, converted piece by piece as they are written.</summary>
internal static class TypeConversion
{
    /// <summary>The tensor in a type; itself if it has the type, or no floating-point numbers.</summary>
    /// <param name="file">The file it is from, for messages.</param>
    /// <param name="source">The tensor.</param>
    /// <param name="type">float16 or float32.</param>
    public static TensorSource To(string file, TensorSource source, ElementType type)
    {
        if (source.Type == type || !ElementValues.IsFloatingPoint(source.Type))
        {
            return source;
        }

        var (from, to) = (source.Type.Size(), type.Size());
        return source with
        {
            Type = type,
            Bytes = source.Bytes / from * to,
            Fill = (offset, destination) =>
            {
                var (read, values) = (new byte[ElementValues.PieceLength * from], new double[ElementValues.PieceLength]);
                for (var done = 0; done < destination.Length; done += values.Length * to)
                {
                    var count = Math.Min(values.Length, (destination.Length - done) / to);
                    source.Fill((offset + done) / to * from, read.AsMemory(0, count * from));
                    ElementValues.Decode(source.Type, read.AsSpan(0, count * from), values);
                    var piece = destination.Span.Slice(done, count * to);
                    ElementValues.Encode(type, values.AsSpan(0, count), piece);
                    RequireFinite(file, source.Name, type, values.AsSpan(0, count), piece);
                }
            },
        };
    }

    /// <summary>Finite values stay finite.</summary>
    private static void RequireFinite(string file, string tensor, ElementType type, ReadOnlySpan<double> values, ReadOnlySpan<byte> converted)
    {
        if (TensorStatistics.CountNonFinite(type, converted) == 0)
        {
            return;
        }

        var back = new double[values.Length];
        ElementValues.Decode(type, converted, back);
        for (var i = 0; i < back.Length; i++)
        {
            if (!double.IsFinite(back[i]) && double.IsFinite(values[i]))
            {
                throw new CheckpointException($"'{file}': tensor '{tensor}' has the value {values[i]:R}, which exceeds {type.Name()}; keep its type.");
            }
        }
    }
}
