namespace KernelLadder;

/// <summary>Four values, 16 bytes that one instruction loads. Structs, unlike arrays, stay in registers when ILGPU compiles a kernel.</summary>
internal readonly record struct Float4(float X, float Y, float Z, float W)
{
    /// <summary>this + scale * other.</summary>
    public Float4 AddScaled(float scale, Float4 other) => new(X + scale * other.X, Y + scale * other.Y, Z + scale * other.Z, W + scale * other.W);
}

/// <summary>Four rows of four sums.</summary>
internal readonly record struct Sums(Float4 Row0, Float4 Row1, Float4 Row2, Float4 Row3)
{
    /// <summary>this + column * row.</summary>
    public Sums AddProduct(Float4 column, Float4 row) => new(
        Row0.AddScaled(column.X, row), Row1.AddScaled(column.Y, row), Row2.AddScaled(column.Z, row), Row3.AddScaled(column.W, row));
}
