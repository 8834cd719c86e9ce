using Gpu.Engine.Results;

namespace Gpu.Cli.Catalogue.Queries;

/// <summary>
/// One or several of the nine parts of a picture: <c>top-left</c> and <c>middle-left</c> are one each, <c>left</c> and <c>middle</c>
/// the whole third, <c>center</c> the part in the middle of both.
/// </summary>
/// <param name="Vertical">The row, or null for any.</param>
/// <param name="Horizontal">The column, or null for any.</param>
internal sealed record PositionPattern(VerticalThird? Vertical, HorizontalThird? Horizontal)
{
    private static readonly Dictionary<string, PositionPattern> Named = Name();

    /// <summary>The words that <see cref="Parse"/> knows.</summary>
    public static IReadOnlyCollection<string> Words => Named.Keys;

    /// <summary>Reads a position, in American or British spelling; null if it is none.</summary>
    public static PositionPattern? Parse(string text) =>
        Named.GetValueOrDefault(text.ToLowerInvariant().Replace("centre", "center", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override string ToString() => Named.First(n => n.Value == this).Key;

    private static Dictionary<string, PositionPattern> Name()
    {
        var named = new Dictionary<string, PositionPattern> { ["center"] = new(VerticalThird.Middle, HorizontalThird.Center) };
        foreach (var vertical in Enum.GetValues<VerticalThird>())
        {
            named[Word(vertical)] = new PositionPattern(vertical, null);
            foreach (var horizontal in Enum.GetValues<HorizontalThird>())
            {
                named[$"{Word(vertical)}-{Word(horizontal)}"] = new PositionPattern(vertical, horizontal);
            }
        }

        named[Word(HorizontalThird.Left)] = new PositionPattern(null, HorizontalThird.Left);
        named[Word(HorizontalThird.Right)] = new PositionPattern(null, HorizontalThird.Right);
        return named;
    }

    private static string Word<T>(T third)
        where T : struct, Enum => third.ToString().ToLowerInvariant();
}
