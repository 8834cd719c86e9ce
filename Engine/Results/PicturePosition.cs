namespace Gpu.Engine.Results;

/// <summary>A third of a picture's height.</summary>
public enum VerticalThird
{
    /// <summary>The upper third.</summary>
    Top,

    /// <summary>The one between.</summary>
    Middle,

    /// <summary>The lower third.</summary>
    Bottom,
}

/// <summary>A third of a picture's width.</summary>
public enum HorizontalThird
{
    /// <summary>The left third.</summary>
    Left,

    /// <summary>The one between.</summary>
    Center,

    /// <summary>The right third.</summary>
    Right,
}

/// <summary>One of the nine parts into which thirds cut a picture; in words <c>top-left</c>, <c>top</c>, <c>center</c>, <c>right</c>, ...</summary>
/// <param name="Vertical">The row.</param>
/// <param name="Horizontal">The column.</param>
public readonly record struct PicturePosition(VerticalThird Vertical, HorizontalThird Horizontal)
{
    private const int Thirds = 3;

    /// <summary>Where a point lies.</summary>
    /// <param name="x">Pixels from the left.</param>
    /// <param name="y">Pixels from the top.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    public static PicturePosition Of(double x, double y, int width, int height) =>
        new((VerticalThird)Third(y, height), (HorizontalThird)Third(x, width));

    /// <summary>Row and column joined by a hyphen, without the word of the middle where the other says enough.</summary>
    public override string ToString() => (Vertical, Horizontal) switch
    {
        (VerticalThird.Middle, HorizontalThird.Center) => "center",
        (VerticalThird.Middle, _) => Word(Horizontal),
        (_, HorizontalThird.Center) => Word(Vertical),
        _ => $"{Word(Vertical)}-{Word(Horizontal)}",
    };

    private static int Third(double place, int length) => Math.Clamp((int)(Thirds * place / length), 0, Thirds - 1);

    private static string Word<T>(T third)
        where T : struct, Enum => third.ToString().ToLowerInvariant();
}
