namespace Gpu.Loader.Checkpoints;

/// <summary>A tensor as a checkpoint lists it.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Lengths of the dimensions; empty for a scalar.</param>
public sealed record TensorEntry(string Name, ElementType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Product of the dimensions; the reader has checked that it fits.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    /// <summary>Bytes of the elements; 0 for strings.</summary>
    public long Bytes => checked(Elements * Type.Size());
}
