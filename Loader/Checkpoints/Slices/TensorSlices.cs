namespace Gpu.Loader.Checkpoints.Slices;

/// <summary>A part of a partitioned tensor.</summary>
/// <param name="Extents">Its range in each dimension.</param>
/// <param name="File">The file that lists it.</param>
internal sealed record TensorSlice(SliceExtent[] Extents, string File)
{
    /// <summary>How many elements it has.</summary>
    public long Elements(TensorEntry entry)
    {
        long product = 1;
        for (var d = 0; d < Extents.Length; d++)
        {
            product *= Extents[d].Within(entry.Shape[d]).Length;
        }

        return product;
    }
}

/// <summary>Reads the values of a slice, row-major.</summary>
internal delegate ReadOnlySpan<byte> SliceValues(TensorSlice slice);

/// <summary>Partitioned tensors: their slices cover them exactly, and are put together on reading.</summary>
internal static class TensorSlices
{
    /// <summary>Slices of one tensor are compared pairwise for overlaps; no real file comes near.</summary>
    private const int MaximumSlices = 4096;

    /// <summary>A slice as its message describes it.</summary>
    /// <exception cref="CheckpointException">It does not lie inside the tensor.</exception>
    public static TensorSlice Read(string file, TensorEntry entry, Protos.TensorSliceProto slice)
    {
        var extents = slice.Extent
            .Select(e => e.HasLengthCase == Protos.TensorSliceProto.Types.Extent.HasLengthOneofCase.Length ? new SliceExtent(e.Start, e.Length) : SliceExtent.Whole)
            .ToArray();
        var fits = extents.Length == entry.Shape.Count && extents.Zip(entry.Shape).All(pair =>
            pair.First.IsWhole
            || (pair.First.Start >= 0 && pair.First.Length >= 0 && pair.First.Start <= pair.Second && pair.First.Length <= pair.Second - pair.First.Start));
        return fits
            ? new TensorSlice(extents, file)
            : throw CheckpointException.For(file, $"has a slice outside its shape [{string.Join(", ", entry.Shape)}]", CheckpointException.Damaged, entry.Name);
    }

    /// <summary>Refuses a tensor in no slices, or in more than any writer makes.</summary>
    /// <exception cref="CheckpointException">It is.</exception>
    public static void RequireCount(string file, TensorEntry entry, int slices)
    {
        if (slices is 0 or > MaximumSlices)
        {
            throw CheckpointException.For(file, $"is listed in {slices} slices", CheckpointException.Damaged, entry.Name, expected: $"1 to {MaximumSlices}", found: $"{slices}");
        }
    }

    /// <summary>Refuses slices that overlap or leave holes: without overlaps, counting elements is enough.</summary>
    /// <exception cref="CheckpointException">They do.</exception>
    public static void RequireCover(string file, TensorEntry entry, IReadOnlyList<TensorSlice> slices)
    {
        RequireCount(file, entry, slices.Count);

        for (var i = 0; i < slices.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (Overlap(entry, slices[i], slices[j]))
                {
                    throw CheckpointException.For(slices[i].File, "has overlapping slices", CheckpointException.Damaged, entry.Name);
                }
            }
        }

        if (slices.Sum(s => s.Elements(entry)) != entry.Elements)
        {
            throw CheckpointException.For(file, "has slices that leave holes", "put all shards of the checkpoint together", entry.Name);
        }
    }

    /// <summary>A whole tensor from its slices.</summary>
    /// <exception cref="CheckpointException">Values are damaged or absent, strings, or more than an array can hold.</exception>
    public static byte[] Assemble(string file, TensorEntry entry, IReadOnlyList<TensorSlice> slices, SliceValues read)
    {
        if (entry.Type == ElementType.String)
        {
            throw CheckpointException.For(file, "holds strings in slices, which are not put together", "save it in one piece", entry.Name);
        }

        // A list may claim anything: memory is taken only once all values were seen.
        foreach (var slice in slices)
        {
            read(slice);
        }

        if (entry.Bytes > Array.MaxLength)
        {
            throw CheckpointException.For(
                file, $"has {entry.Bytes} bytes in slices, and at most {Array.MaxLength} are put together", "save it in one piece", entry.Name);
        }

        var whole = new byte[entry.Bytes];
        foreach (var slice in slices)
        {
            Place(entry, slice, read(slice), whole);
        }

        return whole;
    }

    /// <summary>Copies a slice's rows, runs of its last dimension, to their places in the whole tensor.</summary>
    private static void Place(TensorEntry entry, TensorSlice slice, ReadOnlySpan<byte> values, byte[] whole)
    {
        var size = entry.Type.Size();
        var rank = entry.Shape.Count;
        var extents = slice.Extents.Select((e, d) => e.Within(entry.Shape[d])).ToArray();
        var row = rank == 0 ? size : (int)extents[rank - 1].Length * size;
        if (row == 0)
        {
            return;
        }

        var at = new long[rank];
        for (var source = 0; source < values.Length; source += row)
        {
            long offset = 0;
            for (var d = 0; d < rank; d++)
            {
                offset = (offset * entry.Shape[d]) + extents[d].Start + at[d];
            }

            values.Slice(source, row).CopyTo(whole.AsSpan((int)(offset * size)));
            for (var d = rank - 2; d >= 0 && ++at[d] == extents[d].Length; d--)
            {
                at[d] = 0;
            }
        }
    }

    private static bool Overlap(TensorEntry entry, TensorSlice one, TensorSlice other)
    {
        for (var d = 0; d < entry.Shape.Count; d++)
        {
            var (a, b) = (one.Extents[d].Within(entry.Shape[d]), other.Extents[d].Within(entry.Shape[d]));
            if (a.Start + a.Length <= b.Start || b.Start + b.Length <= a.Start)
            {
                return false;
            }
        }

        return true;
    }
}
