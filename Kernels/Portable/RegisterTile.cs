using System.Runtime.CompilerServices;
using ILGPU;

namespace Gpu.Kernels.Portable;

/// <summary>Four values. Structs, unlike arrays, stay in registers when ILGPU compiles a kernel.</summary>
internal readonly record struct Float4(float X, float Y, float Z, float W)
{
    /// <summary>this + scale * other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 AddScaled(float scale, Float4 other) =>
        new(X + scale * other.X, Y + scale * other.Y, Z + scale * other.Z, W + scale * other.W);

    /// <summary>The sum, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 Add(Float4 other) => new(X + other.X, Y + other.Y, Z + other.Z, W + other.W);

    /// <summary>The larger, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 Max(Float4 other) =>
        new(IntrinsicMath.Max(X, other.X), IntrinsicMath.Max(Y, other.Y), IntrinsicMath.Max(Z, other.Z), IntrinsicMath.Max(W, other.W));
}

/// <summary>Four rows of four sums: a thread's part of a matrix product.</summary>
internal readonly record struct RegisterTile(Float4 Row0, Float4 Row1, Float4 Row2, Float4 Row3)
{
    /// <summary>Rows, and columns, of the tile.</summary>
    public const int Side = 4;

    /// <summary>this + column * row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RegisterTile AddOuterProduct(Float4 column, Float4 row) => new(
        Row0.AddScaled(column.X, row), Row1.AddScaled(column.Y, row), Row2.AddScaled(column.Z, row), Row3.AddScaled(column.W, row));

    /// <summary>The sum, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RegisterTile Add(RegisterTile other) => new(Row0.Add(other.Row0), Row1.Add(other.Row1), Row2.Add(other.Row2), Row3.Add(other.Row3));
}
