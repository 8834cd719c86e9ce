using System.Globalization;

namespace Gpu.Cli.Laboratory;

/// <summary>
/// Numbers as options list them, separated by commas: each is a number, a range <c>FIRST-LAST</c>, a range in steps
/// <c>FIRST-LAST+STEP</c>, or one that multiplies, <c>FIRST-LAST*FACTOR</c>: <c>1-64*2</c> is 1, 2, 4, ..., 64.
/// </summary>
internal static class NumberList
{
    /// <summary>More in a list are a mistake.</summary>
    private const int MaximumCount = 1000;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list.</param>
    /// <param name="minimum">Least number.</param>
    /// <param name="maximum">Greatest number.</param>
    /// <returns>The numbers, at least one, in the order named and none twice; null if the text is no list of such numbers.</returns>
    public static IReadOnlyList<int>? Parse(string? text, int minimum, int maximum)
    {
        var numbers = new List<int>();
        foreach (var item in (text ?? string.Empty).Split(','))
        {
            var range = ParseItem(item);
            if (range is null || range.Exists(n => n < minimum || n > maximum) || numbers.Count + range.Count > MaximumCount)
            {
                return null;
            }

            numbers.AddRange(range.Except(numbers));
        }

        return numbers;
    }

    private static List<int>? ParseItem(string item)
    {
        if (item.Split('-') is not [var first, var end])
        {
            return Parse(item) is { } single ? [single] : null;
        }

        var (last, step, multiplies) = end.IndexOfAny(['+', '*']) is var at and >= 0 ? (end[..at], end[(at + 1)..], end[at] == '*') : (end, "1", false);
        return Parse(first) is { } from && Parse(last) is { } to && Parse(step) is { } by && from <= to && by > (multiplies ? 1 : 0) && (from > 0 || !multiplies)
            ? [.. Range(from, to, by, multiplies)]
            : null;
    }

    private static IEnumerable<int> Range(int from, int to, int by, bool multiplies)
    {
        for (long number = from; number <= to && number <= (multiplies ? to : from + ((long)by * MaximumCount)); number = multiplies ? number * by : number + by)
        {
            yield return (int)number;
        }
    }

    private static int? Parse(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
