using System.Numerics;

namespace Gpu.Loader.Checkpoints;

/// <summary>A tensor as a checkpoint lists it.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Lengths of the dimensions; empty for a scalar.</param>
public sealed record TensorEntry(string Name, ElementType Type, IReadOnlyList<long> Shape)
{
    private const int MaximumRank = 254;

    /// <summary>Product of the dimensions; the reader has checked that it fits.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    /// <summary>Bytes of the elements; 0 for strings.</summary>
    public long Bytes => checked(Elements * Type.Size());

    /// <summary>An entry whose shape was read from a file.</summary>
    /// <exception cref="CheckpointException">The type is unknown, or the shape is negative or its bytes exceed 64 bits.</exception>
    internal static TensorEntry Checked(string file, string name, ElementType type, long[] shape)
    {
        if (!Enum.IsDefined(type))
        {
            throw CheckpointException.For(file, $"has the unknown element type {(int)type}", "save the checkpoint without it", name, found: $"{(int)type}");
        }

        if (shape.Length > MaximumRank)
        {
            throw CheckpointException.For(
                file, "has too many dimensions", CheckpointException.Damaged, name, expected: $"at most {MaximumRank}", found: $"{shape.Length}");
        }

        // Zeros count as ones, so that no part of the product overflows either.
        if (shape.Any(d => d < 0)
            || shape.Aggregate(BigInteger.One, (product, d) => product * Math.Max(1, d)) * Math.Max(1, type.Size()) > long.MaxValue)
        {
            throw CheckpointException.For(
                file, $"has the impossible shape [{string.Join(", ", shape)}]", CheckpointException.Damaged, name, found: $"[{string.Join(", ", shape)}]");
        }

        return new TensorEntry(name, type, shape);
    }
}
