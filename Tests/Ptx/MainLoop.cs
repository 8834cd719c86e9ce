using System.Globalization;
using System.Text.RegularExpressions;

namespace Gpu.Tests.Ptx;

/// <summary>The loop of an assembled kernel that does its arithmetic: what share of it is multiply-adds.</summary>
/// <param name="Products">Multiply-adds of float32 (FFMA) and products of matrices (HMMA, HGMMA).</param>
/// <param name="Instructions">All instructions, these included.</param>
internal readonly partial record struct MainLoop(int Products, int Instructions)
{
    /// <summary>Of the loops with products that hold no other such the one with most, none with any being 0 of 0; a loop that only waits may be inside.</summary>
    /// <param name="listing">What <c>nvdisasm -c</c> prints.</param>
    public static MainLoop Of(string listing)
    {
        var labels = new Dictionary<string, int>();
        var instructions = new List<string>();
        foreach (var line in listing.Split('\n'))
        {
            if (Label().Match(line) is { Success: true } label)
            {
                labels[label.Groups[1].Value] = instructions.Count;
            }
            else if (Instruction().Match(line) is { Success: true } instruction)
            {
                instructions.Add(instruction.Groups[1].Value);
            }
        }

        var loops = new List<(int First, int Last)>();
        for (var i = 0; i < instructions.Count; i++)
        {
            if (Branch().Match(instructions[i]) is { Success: true } branch && labels.TryGetValue(branch.Groups[1].Value, out var first) && first < i)
            {
                loops.Add((first, i));
            }
        }

        var counted = loops
            .Select(l => (l.First, l.Last, Loop: new MainLoop(instructions[l.First..(l.Last + 1)].Count(i => Product().IsMatch(i)), l.Last + 1 - l.First)))
            .Where(l => l.Loop.Products > 0)
            .ToList();
        return counted
            .Where(l => !counted.Exists(inner => inner != l && inner.First >= l.First && inner.Last <= l.Last))
            .Select(l => l.Loop)
            .OrderByDescending(l => l.Products)
            .FirstOrDefault();
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Products}/{Instructions}");

    [GeneratedRegex(@"^(\.L\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s*/\*[0-9a-f]+\*/\s+\{?\s*(.*?);")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"BRA.*`\((\.L\w+)\)")]
    private static partial Regex Branch();

    [GeneratedRegex(@"^(@!?U?P\w+\s+)?(FFMA|HMMA|HGMMA)\b")]
    private static partial Regex Product();
}
