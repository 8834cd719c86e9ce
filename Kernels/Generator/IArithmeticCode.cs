namespace Gpu.Kernels.Generator;

/// <summary>How a <see cref="LinearTransformWriter"/> writes arithmetic: operands and results are expressions of the language, variables among them.</summary>
internal interface IArithmeticCode
{
    /// <summary>x + y.</summary>
    string Add(string x, string y);

    /// <summary>x - y.</summary>
    string Subtract(string x, string y);

    /// <summary>factor * x.</summary>
    string Multiply(string x, float factor);

    /// <summary>factor * x + sum.</summary>
    string MultiplyAdd(string x, float factor, string sum);

    /// <summary>A variable that has the value of an expression.</summary>
    string Declare(string expression);
}
