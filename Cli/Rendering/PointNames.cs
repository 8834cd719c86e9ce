using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>A point of a plot that gets a name.</summary>
/// <param name="Centre">Its place, in pixels.</param>
/// <param name="Radius">Of its disc.</param>
/// <param name="Name">Size of the name.</param>
internal readonly record struct NamedPoint(SKPoint Centre, float Radius, SKSize Name);

/// <summary>A line between two places, in pixels.</summary>
internal readonly record struct Segment(SKPoint From, SKPoint To);

/// <summary>Where a name stands.</summary>
/// <param name="Text">The name's place.</param>
/// <param name="Leader">From the point's edge to the name, where that is not beside it.</param>
internal readonly record struct PlacedName(SKRect Text, Segment? Leader);

/// <summary>
/// Places the names of a plot's points, each as near to its point as there is room: over no other name, point or line of the plot, with
/// leaders that cross no names, and where there is a way neither points nor each other.
/// </summary>
/// <param name="area">Size of the plot, in pixels.</param>
/// <param name="points">All points.</param>
/// <param name="texts">What else is written in the plot.</param>
/// <param name="lines">What else is drawn in it.</param>
internal sealed class PointNames(SKSize area, IReadOnlyList<NamedPoint> points, IReadOnlyList<SKRect> texts, IReadOnlyList<Segment> lines)
{
    private const int Directions = 32;

    /// <summary>Between a point and a name beside it, in pixels.</summary>
    private const float Gap = 4;

    /// <summary>Kept free around names, in pixels.</summary>
    private const float Margin = 2;

    /// <summary>Of tried distances from the point, in pixels.</summary>
    private const float Step = 5;

    /// <summary>A name at this distance needs a leader, in pixels.</summary>
    private const float Beside = 8;

    private readonly List<SKRect> names = [.. texts];
    private readonly List<Segment> leaders = [];

    /// <summary>Places all names, one after the other.</summary>
    /// <returns>For each point where its name stands; null where there is no room.</returns>
    public IReadOnlyList<PlacedName?> Place()
    {
        var placed = new List<PlacedName?>();
        foreach (var point in points)
        {
            placed.Add(Nearest(point));
            if (placed[^1] is { } name)
            {
                names.Add(name.Text);
                if (name.Leader is { } leader)
                {
                    leaders.Add(leader);
                }
            }
        }

        return placed;
    }

    /// <summary>The nearest free place, whose leader crosses no other leader and point unless there is none.</summary>
    private PlacedName? Nearest(NamedPoint point)
    {
        PlacedName? crossing = null;
        foreach (var candidate in Candidates(point).Where(IsFree))
        {
            if (candidate.Leader is not { } leader
                || (!leaders.Exists(l => Crosses(l, leader)) && points.All(p => p == point || DistanceTo(leader, p.Centre) > p.Radius)))
            {
                return candidate;
            }

            crossing ??= candidate;
        }

        return crossing;
    }

    /// <summary>Places around the point, the nearest first, at each distance from the right by turns upwards and downwards.</summary>
    private IEnumerable<PlacedName> Candidates(NamedPoint point)
    {
        for (var distance = 0f; distance < Math.Max(area.Width, area.Height); distance += Step)
        {
            for (var i = 0; i < Directions; i++)
            {
                var angle = Math.Tau * (i % 2 == 0 ? i / 2 : -(i + 1) / 2) / Directions;
                var (x, y) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
                var edge = new SKPoint(point.Centre.X + (x * point.Radius), point.Centre.Y + (y * point.Radius));
                var end = new SKPoint(edge.X + (x * (distance + Gap)), edge.Y + (y * (distance + Gap)));
                // The leader's end is on the name's edge.
                var (across, down) = (x / Math.Max(Math.Abs(x), Math.Abs(y)), y / Math.Max(Math.Abs(x), Math.Abs(y)));
                var text = SKRect.Create(
                    end.X - (point.Name.Width * (1 - across) / 2), end.Y - (point.Name.Height * (1 - down) / 2), point.Name.Width, point.Name.Height);
                yield return new PlacedName(text, distance >= Beside ? new Segment(edge, end) : null);
            }
        }
    }

    private bool IsFree(PlacedName candidate)
    {
        var text = SKRect.Inflate(candidate.Text, Margin, Margin);
        return text is { Left: >= 0, Top: >= 0 } && text.Right <= area.Width && text.Bottom <= area.Height
            && !names.Exists(text.IntersectsWith)
            && points.All(p => DistanceTo(text, p.Centre) > p.Radius)
            && !lines.Concat(leaders).Any(l => Crosses(text, l))
            && (candidate.Leader is not { } leader || !names.Exists(n => Crosses(n, leader)));
    }

    private static float DistanceTo(SKRect box, SKPoint point) =>
        SKPoint.Distance(point, new SKPoint(Math.Clamp(point.X, box.Left, box.Right), Math.Clamp(point.Y, box.Top, box.Bottom)));

    private static float DistanceTo(Segment line, SKPoint point)
    {
        var (along, from) = (line.To - line.From, point - line.From);
        var part = Math.Clamp(((along.X * from.X) + (along.Y * from.Y)) / Math.Max(along.LengthSquared, float.Epsilon), 0, 1);
        return SKPoint.Distance(point, new SKPoint(line.From.X + (part * along.X), line.From.Y + (part * along.Y)));
    }

    private static bool Crosses(SKRect box, Segment line)
    {
        var (topRight, bottomLeft) = (new SKPoint(box.Right, box.Top), new SKPoint(box.Left, box.Bottom));
        return box.Contains(line.From) || box.Contains(line.To)
            || Crosses(new Segment(box.Location, new SKPoint(box.Right, box.Bottom)), line) || Crosses(new Segment(topRight, bottomLeft), line);
    }

    private static bool Crosses(Segment one, Segment other) =>
        Side(one, other.From) * Side(one, other.To) <= 0 && Side(other, one.From) * Side(other, one.To) <= 0;

    /// <summary>1 on one side of the line, -1 on the other.</summary>
    private static int Side(Segment line, SKPoint point) =>
        Math.Sign(((line.To.X - line.From.X) * (point.Y - line.From.Y)) - ((line.To.Y - line.From.Y) * (point.X - line.From.X)));
}
