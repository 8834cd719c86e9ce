using System.Globalization;
using System.Text;

namespace Gpu.Kernels.Generator.Host;

/// <summary>Arithmetic in C#, on the vectors of a type parameter TVectors.</summary>
internal sealed class VectorCode(StringBuilder text) : IArithmeticCode
{
    private int variables;

    /// <inheritdoc/>
    public string Add(string x, string y) => $"TVectors.Add({x}, {y})";

    /// <inheritdoc/>
    public string Subtract(string x, string y) => $"TVectors.Subtract({x}, {y})";

    /// <inheritdoc/>
    public string Multiply(string x, float factor) => $"TVectors.Multiply({x}, {Constant(factor)})";

    /// <inheritdoc/>
    public string MultiplyAdd(string x, float factor, string sum) => $"TVectors.MultiplyAdd({x}, {Constant(factor)}, {sum})";

    /// <inheritdoc/>
    public string Declare(string expression)
    {
        var name = $"v{variables++}";
        text.AppendLine($"            var {name} = {expression};");
        return name;
    }

    private static string Constant(float value) => $"TVectors.Broadcast({value.ToString("R", CultureInfo.InvariantCulture)}f)";
}
