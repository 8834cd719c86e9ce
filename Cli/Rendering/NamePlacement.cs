using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Places names beside the boxes that they belong to: inside the picture, and none over another.</summary>
internal sealed class NamePlacement
{
    private readonly SKSize picture;
    private readonly float step;
    private readonly List<SKRect> taken = [];

    /// <summary>Begins with no names.</summary>
    /// <param name="picture">Size of the picture.</param>
    /// <param name="step">Where there is no room at a box's corners, places are tried this far from each other, in pixels.</param>
    public NamePlacement(SKSize picture, float step)
    {
        this.picture = picture;
        this.step = step;
    }

    /// <summary>Takes a place for the next name.</summary>
    /// <param name="box">The box that is named.</param>
    /// <param name="size">Size of the name.</param>
    /// <returns>
    /// Best above the box's upper left corner, else at another of its corners, else the free place that is nearest to it; null where
    /// the picture has none.
    /// </returns>
    public SKRect? Place(SKRect box, SKSize size)
    {
        foreach (var (x, y) in Corners(box, size).Concat(Elsewhere(box, size)))
        {
            var place = SKRect.Create(x, y, size.Width, size.Height);
            if (IsFree(place))
            {
                taken.Add(place);
                return place;
            }
        }

        return null;
    }

    /// <summary>Keeps a place free of names.</summary>
    public void Reserve(SKRect place) => taken.Add(place);

    private static IEnumerable<(float X, float Y)> Corners(SKRect box, SKSize size)
    {
        var right = box.Right - size.Width;
        return
        [
            (box.Left, box.Top - size.Height), (box.Left, box.Top), (box.Left, box.Bottom), (box.Left, box.Bottom - size.Height),
            (right, box.Top - size.Height), (right, box.Top), (right, box.Bottom), (right, box.Bottom - size.Height),
        ];
    }

    private IEnumerable<(float X, float Y)> Elsewhere(SKRect box, SKSize size)
    {
        var (columns, rows) = ((int)((picture.Width - size.Width) / step) + 1, (int)((picture.Height - size.Height) / step) + 1);
        return
            from column in Enumerable.Range(0, Math.Max(0, columns))
            from row in Enumerable.Range(0, Math.Max(0, rows))
            let place = (X: column * step, Y: row * step)
            orderby Math.Pow(place.X - box.Left, 2) + Math.Pow(place.Y - box.Top, 2)
            select place;
    }

    private bool IsFree(SKRect place) =>
        place is { Left: >= 0, Top: >= 0 } && place.Right <= picture.Width && place.Bottom <= picture.Height && !taken.Exists(t => t.IntersectsWith(place));
}
