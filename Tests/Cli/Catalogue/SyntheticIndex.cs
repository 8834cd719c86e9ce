using Gpu.Cli.Catalogue;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Tests.Cli.Catalogue;

/// <summary>Databases of made-up answers.</summary>
internal static class SyntheticIndex
{
    private const int Width = 300;
    private const int Height = 300;

    /// <summary>A network of these classes whose logits are as given.</summary>
    public static IndexedNetwork Network(IEnumerable<string> classes, float firstLogit = 1, string name = "VGG-16") =>
        new(name, "TF-Slim", true, [.. classes.Select((c, i) => new ClassLabel(i, null, c))], [firstLogit, 2, 3]);

    /// <summary>A region of a picture of 300x300 whose mean lies in the middle of a ninth.</summary>
    public static MapRegion Region(
        ClassLabel label, double confidence = 0.5, double share = 0.1, VerticalThird vertical = VerticalThird.Middle, HorizontalThird horizontal = HorizontalThird.Center)
    {
        var (x, y) = (50 + (100 * (int)horizontal), 50 + (100 * (int)vertical));
        return new MapRegion(label, [0], 1, confidence, share, new PixelBox(x - 16, y - 16, 32, 32), x, y, new PicturePosition(vertical, horizontal));
    }

    /// <summary>Writes a picture with these regions for a path that need not exist.</summary>
    public static void Add(this PictureIndex index, string path, byte[] hash, IndexedNetwork network, params MapRegion[] regions) => index.Save(
        new FileStamp(path, 1, 1), hash, new PictureAnswers(Width, Height, [new Prediction(1, network.Labels[0], 0.5f, 1)], regions));
}
