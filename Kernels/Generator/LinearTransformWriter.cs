using System.Collections.Generic;
using System.Linq;

namespace Gpu.Kernels.Generator;

/// <summary>
/// Writes products of constant matrices with vectors of variables as straight-line code. Every method declares its results as
/// variables and returns their names.
/// </summary>
internal sealed class LinearTransformWriter(IArithmeticCode code)
{
    /// <summary>
    /// A product with a matrix of which neighbouring rows may differ in the sign of their odd columns alone: the even and the odd part
    /// of such a pair are summed once.
    /// </summary>
    public string[] AppendRows(double[][] matrix, string[] x)
    {
        var result = new List<string>();
        for (var i = 0; i < matrix.Length; i++)
        {
            if (i + 1 == matrix.Length || !AreMirrored(matrix[i], matrix[i + 1]))
            {
                result.Add(Declare(Sum(Terms(matrix[i], x))));
                continue;
            }

            var even = Declare(Sum(Terms(matrix[i], x).Where((_, k) => k % 2 == 0)));
            var odd = Terms(matrix[i], x).Where((_, k) => k % 2 == 1).ToArray();
            var factor = odd.Last(t => t.Factor != 0).Factor;
            var oddSum = Declare(Sum(odd.Select(t => (t.Factor / factor, t.Name))));
            result.Add(Declare(Sum([(1, even), (factor, oddSum)])));
            result.Add(Declare(Sum([(1, even), (-factor, oddSum)])));
            i++;
        }

        return [.. result];
    }

    /// <summary>
    /// A product with a matrix of which neighbouring columns may differ in the sign of their odd rows alone: sum and difference of
    /// such a pair's variables are computed once.
    /// </summary>
    public string[] AppendColumns(double[][] matrix, string[] x)
    {
        var (even, odd) = (x.ToArray(), x.ToArray());
        var paired = new bool[x.Length];
        for (var k = 0; k + 1 < x.Length; k++)
        {
            if (matrix.Select((row, i) => row[k + 1] == (i % 2 == 0 ? row[k] : -row[k])).All(equal => equal))
            {
                even[k] = Declare(code.Add(x[k], x[k + 1]));
                odd[k] = Declare(code.Subtract(x[k], x[k + 1]));
                paired[++k] = true;
            }
        }

        return [.. matrix.Select((row, i) => Declare(Sum(Terms(row, i % 2 == 0 ? even : odd).Where((_, k) => !paired[k]))))];
    }

    /// <summary>Declares a variable.</summary>
    public string Declare(string expression) => code.Declare(expression);

    private static bool AreMirrored(double[] row, double[] next) =>
        row.Where((_, k) => k % 2 == 1).Any(c => c != 0) && row.Select((c, k) => next[k] == (k % 2 == 0 ? c : -c)).All(equal => equal);

    private static IEnumerable<(double Factor, string Name)> Terms(double[] row, string[] x) => row.Select((c, k) => (c, x[k]));

    /// <summary>A sum of products that starts with a factor of 1 if there is one.</summary>
    private string Sum(IEnumerable<(double Factor, string Name)> terms)
    {
        var ordered = terms.Where(t => t.Factor != 0).OrderBy(t => t.Factor == 1 ? 0 : 1).ToArray();
        var first = ordered[0];
        var sum = first.Factor == 1 ? first.Name : code.Multiply(first.Name, (float)first.Factor);
        return ordered.Skip(1).Aggregate(sum, (s, t) => t.Factor switch
        {
            1 => code.Add(s, t.Name),
            -1 => code.Subtract(s, t.Name),
            _ => code.MultiplyAdd(t.Name, (float)t.Factor, s),
        });
    }
}
