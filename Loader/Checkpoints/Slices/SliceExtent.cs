namespace Gpu.Loader.Checkpoints.Slices;

/// <summary>A slice's range in one dimension. The whole dimension is stored as start 0, length -1.</summary>
internal readonly record struct SliceExtent(long Start, long Length)
{
    public static readonly SliceExtent Whole = new(0, -1);

    public bool IsWhole => this == Whole;

    /// <summary>The range in numbers, of a dimension of this length.</summary>
    public SliceExtent Within(long dimension) => IsWhole ? new SliceExtent(0, dimension) : this;
}
