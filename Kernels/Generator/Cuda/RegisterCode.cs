using System;
using System.Collections.Generic;
using System.Linq;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>Arithmetic in PTX, on vectors of four registers: a variable named v is the registers v0 to v3.</summary>
internal sealed class RegisterCode : IArithmeticCode
{
    private const int Lanes = 4;

    private readonly List<string> lines = [];
    private int variables;

    /// <summary>What was written.</summary>
    public IEnumerable<string> Lines => lines;

    /// <inheritdoc/>
    public string Add(string x, string y) => Result((result, i) => $"add.rn.f32 {result}, {x}{i}, {y}{i};");

    /// <inheritdoc/>
    public string Subtract(string x, string y) => Result((result, i) => $"sub.rn.f32 {result}, {x}{i}, {y}{i};");

    /// <inheritdoc/>
    public string Multiply(string x, float factor) => Result((result, i) => $"mul.rn.f32 {result}, {x}{i}, {Constant(factor)};");

    /// <inheritdoc/>
    public string MultiplyAdd(string x, float factor, string sum) =>
        Result((result, i) => $"fma.rn.f32 {result}, {x}{i}, {Constant(factor)}, {sum}{i};");

    /// <summary>The larger.</summary>
    public string Max(string x, string y) => Result((result, i) => $"max.f32 {result}, {x}{i}, {y}{i};");

    /// <summary>Every expression has registers of its own.</summary>
    public string Declare(string expression) => expression;

    /// <summary>Adds a line that is no arithmetic on vectors.</summary>
    public void Write(string line) => lines.Add(line);

    /// <summary>Loads 16 bytes that no thread writes meanwhile.</summary>
    public string Load(string address)
    {
        var result = Declare();
        lines.Add($"ld.global.nc.v4.f32 {Vector(result)}, [{address}];");
        return result;
    }

    /// <summary>Loads 16 bytes where a predicate holds, zeros elsewhere.</summary>
    public string LoadOrZero(string address, string predicate)
    {
        var result = Result((register, _) => $"mov.f32 {register}, {Constant(0)};");
        lines.Add($"@{predicate} ld.global.nc.v4.f32 {Vector(result)}, [{address}];");
        return result;
    }

    /// <summary>Loads 16 bytes from one address after the other.</summary>
    /// <param name="count">How many.</param>
    /// <param name="address">The register of the first, which then holds the one behind the last.</param>
    /// <param name="step">From one to the next.</param>
    public string[] LoadEach(int count, string address, string step) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        var result = Load(address);
        lines.Add($"add.s64 {address}, {address}, {step};");
        return result;
    })];

    /// <summary>Stores 16 bytes.</summary>
    public void Store(string address, string vector, string predicate = "") =>
        lines.Add($"{(predicate.Length > 0 ? $"@{predicate} " : "")}st.global.v4.f32 [{address}], {Vector(vector)};");

    /// <summary>Stores 16 bytes to one address after the other.</summary>
    /// <param name="vectors">What is stored.</param>
    /// <param name="address">The register of the first, which then holds the one behind the last.</param>
    /// <param name="step">From one to the next.</param>
    public void StoreEach(IEnumerable<string> vectors, string address, string step)
    {
        foreach (var vector in vectors)
        {
            Store(address, vector);
            lines.Add($"add.s64 {address}, {address}, {step};");
        }
    }

    /// <summary>Raises what is below a number to it; what is not a number stays so.</summary>
    public string AtLeast(string x, string least, string predicate) => Result(
        (result, i) => $"setp.lt.f32 {predicate}, {x}{i}, {least}; selp.f32 {result}, {least}, {x}{i}, {predicate};");

    private string Result(Func<string, int, string> line)
    {
        var result = Declare();
        lines.AddRange(Enumerable.Range(0, Lanes).Select(i => line($"{result}{i}", i)));
        return result;
    }

    private string Declare()
    {
        var name = $"v{variables++}_";
        lines.Add($".reg .f32 {name}<{Lanes}>;");
        return name;
    }

    private static string Vector(string name) => Registers(name, 0, Lanes);

    private static string Constant(float value) => $"0f{BitConverter.ToInt32(BitConverter.GetBytes(value), 0):X8}";
}
