using System.Runtime.InteropServices;
using Gpu.Engine;
using Gpu.Engine.Preprocessing;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Labels;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Catalogue;

/// <summary>
/// The network whose answers a database holds. It is known by what it answers to a fixed input, so that neither the weights' file nor
/// its format nor the device matter.
/// </summary>
/// <param name="Name">Such as VGG-16.</param>
/// <param name="Source">Where its weights are from.</param>
/// <param name="IsOriented">Whether pictures are turned as their EXIF orientation says.</param>
/// <param name="Labels">Its classes.</param>
/// <param name="Logits">What it answers to the fixed input.</param>
internal sealed record IndexedNetwork(string Name, string Source, bool IsOriented, IReadOnlyList<ClassLabel> Labels, float[] Logits)
{
    /// <summary>Devices, algorithms and float16 weights change logits by less than 1e-3 of their size, other weights by much more.</summary>
    private const double Tolerance = 0.01;

    private const int Seed = 16;

    /// <summary>Spread of the input around 0, as that of pixels less their mean.</summary>
    private const float Amplitude = 120;

    /// <summary>Describes a loaded network.</summary>
    public static IndexedNetwork Of(VggModel model, bool isOriented)
    {
        var input = new Shape(1, PreprocessingOptions.CropSize, PreprocessingOptions.CropSize, VggArchitecture.InputChannels);
        var random = new Random(Seed);
        var values = new float[input.Elements];
        foreach (ref var value in values.AsSpan())
        {
            value = Amplitude * ((2 * random.NextSingle()) - 1);
        }

        return new IndexedNetwork(model.Network, model.Source, isOriented, model.Labels, model.Logits(input, values));
    }

    /// <summary>The network of a database; null if it is new.</summary>
    public static IndexedNetwork? Read(DatabaseFile database) => database.Query(
        "SELECT name, source, oriented, logits FROM network",
        row => new IndexedNetwork(
            row.GetString(0), row.GetString(1), row.GetBoolean(2), ReadLabels(database), [.. MemoryMarshal.Cast<byte, float>((byte[])row[3])]))
        .SingleOrDefault();

    /// <summary>The classes of a database.</summary>
    public static IReadOnlyList<ClassLabel> ReadLabels(DatabaseFile database) => database.Query(
        "SELECT id, wnid, name FROM classes ORDER BY id",
        row => new ClassLabel(row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetString(2)));

    /// <summary>Writes it to a new database.</summary>
    public void Write(DatabaseFile database)
    {
        database.Execute(
            "INSERT INTO network (id, name, source, oriented, logits) VALUES (1, $name, $source, $oriented, $logits)",
            ("$name", Name), ("$source", Source), ("$oriented", IsOriented), ("$logits", MemoryMarshal.AsBytes<float>(Logits).ToArray()));
        foreach (var label in Labels)
        {
            database.Execute(
                "INSERT INTO classes (id, wnid, name) VALUES ($id, $wnid, $name)",
                ("$id", label.Index), ("$wnid", label.WordNetId), ("$name", label.Name));
        }
    }

    /// <summary>In what another network differs, as the rest of a sentence that begins with the database; null if in nothing that counts.</summary>
    public string? DifferenceTo(IndexedNetwork other)
    {
        if (!Labels.SequenceEqual(other.Labels))
        {
            return $"holds the answers of a {Name} with {Labels.Count} other classes";
        }

        if (IsOriented != other.IsOriented)
        {
            return $"was made {(IsOriented ? "without" : "with")} --no-orient";
        }

        var (difference, size) = (0.0, 0.0);
        for (var i = 0; i < Logits.Length; i++)
        {
            difference += Math.Pow(Logits[i] - other.Logits[i], 2);
            size += Math.Pow(Logits[i], 2);
        }

        return Name == other.Name && difference <= Tolerance * Tolerance * size ? null : $"holds the answers of another network ({Name} of {Source})";
    }
}
