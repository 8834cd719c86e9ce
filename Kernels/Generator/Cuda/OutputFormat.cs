using System.Collections.Generic;
using System.Linq;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>How a kernel stores its outputs: as they are, or rounded to the factors that the next layer multiplies.</summary>
/// <param name="name">Name in the tile's.</param>
/// <param name="valueBytes">Bytes that stand for a value.</param>
/// <param name="run">Adjacent outputs of a thread: as many as fill 16 bytes, or twice 16 with two parts.</param>
internal sealed class OutputFormat(string name, int valueBytes, int run)
{
    private const int VectorBytes = 16;

    /// <summary>Registers of 32 bits in which <see cref="Store"/> arranges values.</summary>
    public const string Scratch = ".reg .b32 stored<4>; .reg .f32 rest<4>;";

    /// <summary>As they are.</summary>
    public static OutputFormat Float32 { get; } = new("Float32", valueBytes: 4, run: 4);

    /// <summary>Rounded to float16.</summary>
    public static OutputFormat Float16 { get; } = new("Float16", valueBytes: 2, run: 8);

    /// <summary>Rounded to bfloat16.</summary>
    public static OutputFormat BFloat16 { get; } = new("BFloat16", valueBytes: 2, run: 8);

    /// <summary>All of them.</summary>
    public static OutputFormat[] All { get; } =
        [Float32, Float16, BFloat16, new("TensorFloat32", valueBytes: 4, run: 4), new("TensorFloat32x3", valueBytes: 8, run: 4)];

    /// <summary>Name in the tile's.</summary>
    public string Name => name;

    /// <summary>Bytes that stand for a value.</summary>
    public int ValueBytes => valueBytes;

    /// <summary>Adjacent outputs of a thread.</summary>
    public int Run => run;

    /// <summary>Stores a run of adjacent values where a predicate holds; changes none of them.</summary>
    /// <param name="values">Registers of float32.</param>
    /// <param name="place">Register of the address.</param>
    /// <param name="offset">Bytes from there.</param>
    /// <param name="inside">The predicate.</param>
    public IEnumerable<string> Store(IReadOnlyList<string> values, string place, int offset, string inside)
    {
        switch (name)
        {
            case "Float32":
                return [$"@{inside} st.global.v4.f32 [{place}+{offset}], {{{string.Join(", ", values)}}};"];
            case "Float16" or "BFloat16":
                var pair = name == "Float16" ? "cvt.rn.f16x2.f32" : "cvt.rn.bf16x2.f32";
                return [.. Enumerable.Range(0, run / 2).Select(i => $"{pair} stored{i}, {values[(2 * i) + 1]}, {values[2 * i]};"), StoreVector(place, offset, inside)];
            case "TensorFloat32":
                return [.. Round(values), StoreVector(place, offset, inside)];
            default:
                return
                [
                    .. Round(values),
                    StoreVector(place, offset, inside),
                    .. Enumerable.Range(0, run).Select(i => $"sub.rn.f32 rest{i}, {values[i]}, stored{i};"),
                    .. Round([.. Enumerable.Range(0, run).Select(i => $"rest{i}")]),
                    StoreVector(place, offset + VectorBytes, inside),
                ];
        }
    }

    private IEnumerable<string> Round(IReadOnlyList<string> values) => Enumerable.Range(0, run).Select(i => $"cvt.rna.tf32.f32 stored{i}, {values[i]};");

    private static string StoreVector(string place, int offset, string inside) => $"@{inside} st.global.v4.b32 [{place}+{offset}], {Registers("stored", 0, 4)};";
}
