namespace Gpu.Kernels.Generator.Cuda;

/// <summary>What factors tensor cores multiply.</summary>
/// <param name="name">Name in the tile's.</param>
/// <param name="factorBytes">Bytes of a factor.</param>
/// <param name="parts">Factors whose sum stands for a value.</param>
/// <param name="stages">Stages of shared memory.</param>
/// <param name="terms">Depth of a product of matrices.</param>
/// <param name="product">The instruction, a product of 16 rows x 8 columns over that depth.</param>
/// <param name="round">The instruction that rounds a value of float32, or two of them to halves, to factors in a register.</param>
internal sealed class TensorCoreFormat(string name, int factorBytes, int parts, int stages, int terms, string product, string round)
{
    /// <summary>All of them. A second part leaves room for two stages only.</summary>
    public static TensorCoreFormat[] All { get; } =
    [
        new("Float16", factorBytes: 2, parts: 1, stages: 3, terms: 16, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", "cvt.rn.f16x2.f32"),
        new("BFloat16", factorBytes: 2, parts: 1, stages: 3, terms: 16, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", "cvt.rn.bf16x2.f32"),
        new("TensorFloat32", factorBytes: 4, parts: 1, stages: 3, terms: 8, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", "cvt.rna.tf32.f32"),
        new("TensorFloat32x3", factorBytes: 4, parts: 2, stages: 2, terms: 8, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", "cvt.rna.tf32.f32"),
    ];

    /// <summary>Name in the tile's.</summary>
    public string Name => name;

    /// <summary>Bytes of a factor.</summary>
    public int FactorBytes => factorBytes;

    /// <summary>Factors whose sum stands for a value.</summary>
    public int Parts => parts;

    /// <summary>Stages of shared memory.</summary>
    public int Stages => stages;

    /// <summary>Depth of a product.</summary>
    public int Terms => terms;

    /// <summary>The instruction of the product.</summary>
    public string Product => product;

    /// <summary>The instruction that rounds.</summary>
    public string Round => round;
}
