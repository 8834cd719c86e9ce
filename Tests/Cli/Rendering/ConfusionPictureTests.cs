using Gpu.Cli.Rendering;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

internal sealed class ConfusionPictureTests
{
    [TestCase(1)]
    [TestCase(28)]
    [TestCase(64)]
    [TestCase(1000)]
    public void Every_cell_has_the_colour_of_its_share(int classes)
    {
        var evaluation = Evaluate(ClassLabels.ImageNet.Take(classes), pictures: 8);
        using var picture = ConfusionPicture.Draw(evaluation);
        using (var stream = File.Create(Path.Combine(TestFiles.OutputFolder(), "confusion.png")))
        {
            picture.Encode(stream, SKEncodedImageFormat.Png, 100);
        }

        var (left, top, side) = Matrix(picture, classes);
        foreach (var confusion in evaluation.Confusions)
        {
            var expected = ConfusionPicture.Colour(confusion.Pictures / 8.0, confusion.Truth.Index == confusion.Predicted.Index);
            var (x, y) = (left + (confusion.Predicted.Index * side), top + (confusion.Truth.Index * side));
            Assert.That(picture.GetPixel(x, y), Is.EqualTo(expected), $"{confusion.Truth.Index}, {confusion.Predicted.Index}");
        }

        Assert.That(picture.Width, Is.LessThan(3400));
    }

    [Test]
    public void Greater_shares_are_darker_and_mistakes_have_another_hue()
    {
        double[] shares = [0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9, 1];
        var right = shares.Select(s => ConfusionPicture.Colour(s, isRight: true)).ToList();
        var wrong = shares.Select(s => ConfusionPicture.Colour(s, isRight: false)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(right.Select(Lightness), Is.Ordered.Descending);
            Assert.That(wrong.Select(Lightness), Is.Ordered.Descending);
            Assert.That(right.Skip(2).Select(c => c.Blue - c.Red), Is.All.Positive);
            Assert.That(wrong.Skip(2).Select(c => c.Red - c.Blue), Is.All.Positive);
        });
    }

    [Test]
    public void Without_pictures_there_is_nothing_to_draw() =>
        Assert.That(() => ConfusionPicture.Draw(new Evaluation()), Throws.InstanceOf<ArgumentException>());

    /// <summary>Pictures of every class, most of them right.</summary>
    private static Evaluation Evaluate(IEnumerable<ClassLabel> classes, int pictures)
    {
        var labels = classes.ToList();
        var random = new Random(3);
        var evaluation = new Evaluation();
        foreach (var truth in labels)
        {
            for (var picture = 0; picture < pictures; picture++)
            {
                var predicted = random.NextDouble() < 0.7 ? truth : labels[random.Next(labels.Count)];
                evaluation.Add(truth, [new Prediction(1, predicted, 0.9f, 1)]);
            }
        }

        return evaluation;
    }

    /// <summary>Where the matrix lies: inside its dark frame, whose upper left corner is searched along the diagonal.</summary>
    private static (int Left, int Top, int Side) Matrix(SKBitmap picture, int classes)
    {
        const int darkest = 200;
        var corner = 0;
        while (Lightness(picture.GetPixel(corner, corner)) > darkest)
        {
            corner++;
        }

        while (picture.GetPixel(corner, corner).Blue - picture.GetPixel(corner, corner).Red < 20)
        {
            corner++;
        }

        return (corner, corner, classes switch { 1 => 40, 28 => 29, 64 => 13, _ => 2 });
    }

    private static double Lightness(SKColor colour) => (0.3 * colour.Red) + (0.6 * colour.Green) + (0.1 * colour.Blue);
}
