namespace Gpu.Kernels.Generator.Cuda;

/// <summary>What factors a warpgroup's products are of.</summary>
/// <param name="name">Name in the tile's.</param>
/// <param name="factorBytes">Bytes of a factor.</param>
/// <param name="parts">Factors whose sum stands for a value.</param>
/// <param name="depth">Depth of a product of matrices, in the instruction's name.</param>
/// <param name="types">Types of sums and factors, in the instruction's name.</param>
/// <param name="transposes">The instruction's last operands: of halves whether a matrix is transposed, which floats cannot be.</param>
/// <param name="round">Rounds a pair of floats, low %0 and high %1, to the register %2, or one float.</param>
internal sealed class WarpgroupFormat(string name, int factorBytes, int parts, int depth, string types, string transposes, string round)
{
    /// <summary>All of them.</summary>
    public static WarpgroupFormat[] All { get; } =
    [
        new("Float16", factorBytes: 2, parts: 1, depth: 16, "f32.f16.f16", ", 0, 0", "cvt.rn.f16x2.f32"),
        new("BFloat16", factorBytes: 2, parts: 1, depth: 16, "f32.bf16.bf16", ", 0, 0", "cvt.rn.bf16x2.f32"),
        new("TensorFloat32", factorBytes: 4, parts: 1, depth: 8, "f32.tf32.tf32", "", "cvt.rna.tf32.f32"),
        new("TensorFloat32x3", factorBytes: 4, parts: 2, depth: 8, "f32.tf32.tf32", "", "cvt.rna.tf32.f32"),
    ];

    /// <summary>Name in the tile's.</summary>
    public string Name => name;

    /// <summary>Bytes of a factor.</summary>
    public int FactorBytes => factorBytes;

    /// <summary>Factors whose sum stands for a value.</summary>
    public int Parts => parts;

    /// <summary>Rounds a float, or two floats, to a register of 32 bits.</summary>
    public string Round => round;

    /// <summary>A product of 64 rows x so many columns, which is added to the sums.</summary>
    public string Product(int columns, string sums, string left, string right, string accumulates) =>
        $"wgmma.mma_async.sync.aligned.m64n{columns}k{depth}.{types} {sums}, {left}, {right}, {accumulates}, 1, 1{transposes};";
}
