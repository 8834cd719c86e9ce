using Gpu.Cli.Rendering;
using Gpu.Engine.Results;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

internal sealed class AnnotatedPictureTests
{
    [TestCase(1024, 768, 40, 40)]
    [TestCase(640, 200, 10, 10)]
    [TestCase(96, 640, 5, 5)]
    [TestCase(640, 64, 60, 1)]
    public void Names_lie_in_the_picture_and_over_no_other(int width, int height, int boxes, int least)
    {
        var random = new Random(width + height);
        for (var turn = 0; turn < 10; turn++)
        {
            var named = Enumerable.Range(0, boxes).Select(i => (Box(random, width, height), $"background clutter 0.{i:00}")).ToList();
            var places = AnnotatedPicture.PlaceNames(new SKSize(width, height), named, scale: 1).Places.OfType<SKRect>().ToList();
            Assert.That(places, Has.Count.GreaterThanOrEqualTo(least));
            Assert.That(places, Is.All.Matches<SKRect>(p => p is { Left: >= 0, Top: >= 0 } && p.Right <= width && p.Bottom <= height));
            Assert.That(places.SelectMany((a, i) => places.Skip(i + 1).Select(b => a.IntersectsWith(b))), Is.All.False);
        }
    }

    [Test]
    public void A_name_stands_above_its_box_where_there_is_room_and_within_it_at_the_upper_edge()
    {
        var placement = new NamePlacement(new SKSize(200, 100), step: 10);
        Assert.That(placement.Place(SKRect.Create(20, 40, 100, 50), new SKSize(60, 15)), Is.EqualTo(SKRect.Create(20, 25, 60, 15)));
        Assert.That(placement.Place(SKRect.Create(100, 0, 100, 50), new SKSize(60, 15)), Is.EqualTo(SKRect.Create(100, 0, 60, 15)));
        Assert.That(placement.Place(SKRect.Create(0, 0, 10, 10), new SKSize(201, 15)), Is.Null);
    }

    [TestCase(32, 32, 640, 640)]
    [TestCase(320, 100, 640, 200)]
    [TestCase(900, 650, 900, 650)]
    public void A_small_photograph_is_enlarged_and_its_box_has_its_place(int width, int height, int drawnWidth, int drawnHeight)
    {
        var photo = new RgbImage(width, height, [.. Enumerable.Repeat((byte)90, width * height * 3)]);
        var region = new MapRegion(
            new ClassLabel(0, null, new string('x', 300)), [0], 1, 0.5, 1, new PixelBox(width / 4, height / 4, width / 2, height / 2), 0, 0, default);
        using var picture = AnnotatedPicture.Draw(photo, [region]);
        var colour = ClassColours.For(1)[0];
        var middle = picture.Height / 2;
        Assert.Multiple(() =>
        {
            Assert.That((picture.Width, picture.Height), Is.EqualTo((drawnWidth, drawnHeight)));
            Assert.That(Enumerable.Range(0, picture.Width).First(x => picture.GetPixel(x, middle) == colour), Is.InRange(drawnWidth / 4, (drawnWidth / 4) + 2));
            Assert.That(Enumerable.Range(0, picture.Width).Last(x => picture.GetPixel(x, middle) == colour), Is.InRange((3 * drawnWidth / 4) - 3, (3 * drawnWidth / 4) - 1));
        });
    }

    private static SKRect Box(Random random, int width, int height)
    {
        var (x, y) = (random.Next(width - 32), random.Next(height - 32));
        return SKRect.Create(x, y, random.Next(32, width - x), random.Next(32, height - y));
    }
}
