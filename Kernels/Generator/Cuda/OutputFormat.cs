using System.Collections.Generic;
using System.Linq;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>How a kernel stores its outputs: rounded to the factors that the next layer multiplies, or as they are.</summary>
/// <param name="factors">The factors; null for float32.</param>
internal sealed class OutputFormat(TensorCoreFormat? factors)
{
    /// <summary>Registers in which <see cref="Store"/> arranges values.</summary>
    public const string Scratch = ".reg .b32 stored<4>; .reg .f32 rest<4>;";

    private const int VectorBytes = 16;
    private const int FloatBytes = 4;

    /// <summary>All of them, float32 first.</summary>
    public static OutputFormat[] All { get; } = [new(null), .. TensorCoreFormat.All.Select(f => new OutputFormat(f))];

    /// <summary>Name in the tile's.</summary>
    public string Name => factors?.Name ?? "Float32";

    /// <summary>Bytes that stand for a value.</summary>
    public int ValueBytes => factors is null ? FloatBytes : factors.FactorBytes * factors.Parts;

    /// <summary>Adjacent outputs of a thread: as many as fill 16 bytes of each part.</summary>
    public int Run => VectorBytes / (factors?.FactorBytes ?? FloatBytes);

    /// <summary>Stores a run of adjacent values where a predicate holds; changes none of them.</summary>
    /// <param name="values">Registers of float32.</param>
    /// <param name="place">Register of the address.</param>
    /// <param name="offset">Bytes from there.</param>
    /// <param name="inside">The predicate.</param>
    public IEnumerable<string> Store(IReadOnlyList<string> values, string place, int offset, string inside)
    {
        if (factors is null)
        {
            yield return $"@{inside} st.global.v4.f32 [{place}+{offset}], {{{string.Join(", ", values)}}};";
            yield break;
        }

        for (var part = 0; part < factors.Parts; part++)
        {
            for (var i = 0; i < VectorBytes / FloatBytes; i++)
            {
                // The first operand of two goes to the upper half.
                yield return factors.FactorBytes == FloatBytes
                    ? $"{factors.Round} stored{i}, {(part == 0 ? values[i] : $"rest{i}")};"
                    : $"{factors.Round} stored{i}, {values[(2 * i) + 1]}, {values[2 * i]};";
            }

            yield return $"@{inside} st.global.v4.b32 [{place}+{offset + (part * VectorBytes)}], {Registers("stored", 0, VectorBytes / FloatBytes)};";
            for (var i = 0; i < Run && part + 1 < factors.Parts; i++)
            {
                yield return $"sub.rn.f32 rest{i}, {values[i]}, stored{i};";
            }
        }
    }
}
