using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Images;

public sealed class OrientationTests
{
    private const int Width = 3;
    private const int Height = 2;

    [Test]
    public void All_eight_orientations_come_out_as_the_same_picture([Range(1, 8)] int orientation)
    {
        byte[] upright = [.. Enumerable.Range(1, Height * Width * 3).Select(level => (byte)(level * 10))];
        var image = ImageFile.Read(StoredAs(orientation, upright), "turned.png");
        Assert.That((image.Width, image.Height), Is.EqualTo((Width, Height)));
        Assert.That(image.Pixels.ToArray(), Is.EqualTo(upright));
    }

    [TestCase(5)]
    [TestCase(6)]
    public void A_turned_photograph_stands_upright(int orientation)
    {
        var upright = ImageFile.Read(PictureManifest.Kept("good/hopper.jpg"));
        var turned = ImageFile.Read(PictureManifest.Kept($"good/hopper_orientation_{orientation}.jpg"));
        // The turned file was compressed anew, with a lower quality.
        Assert.That(MeanDifference(upright, turned), Is.LessThan(6));
        var asStored = ImageFile.Read(PictureManifest.Kept($"good/hopper_orientation_{orientation}.jpg"), new ImageReadOptions { ApplyOrientation = false });
        Assert.That(MeanDifference(upright, asStored), Is.GreaterThan(20));
    }

    [Test]
    public void Damaged_metadata_leave_the_picture_as_stored()
    {
        byte[] pixels = [0, 1, 2, 3, 4, 5, 6];
        foreach (var exif in new[] { new byte[] { 1 }, [0x4D, 0x4D, 0, 0x2A, 0xFF, 0xFF, 0xFF, 0xFF], PngWriter.Exif(9), PngWriter.Exif(0), PngWriter.Exif(6)[..16] })
        {
            var file = new PngWriter(2, 1, 8, 2).Chunk("eXIf"u8, exif).Pixels(pixels).End();
            Assert.That(ImageFile.Read(file, "damaged.png").Pixels.ToArray(), Is.EqualTo(pixels[1..]));
        }
    }

    /// <summary>Mean absolute difference of two pictures of the same size, in levels.</summary>
    public static double MeanDifference(RgbImage first, RgbImage second)
    {
        var sum = 0.0;
        for (var index = 0; index < first.Pixels.Length; index++)
        {
            sum += Math.Abs(first.Pixels.Span[index] - second.Pixels.Span[index]);
        }

        return sum / first.Pixels.Length;
    }

    /// <summary>
    /// A PNG file that stores the upright picture turned. By the EXIF standard an orientation says where the stored row 0
    /// and column 0 belong: 6 stands for "row 0 is the right side, column 0 is the top".
    /// </summary>
    private static byte[] StoredAs(int orientation, byte[] upright)
    {
        var (rows, columns) = orientation >= 5 ? (Width, Height) : (Height, Width);
        var stored = new List<byte>();
        for (var row = 0; row < rows; row++)
        {
            stored.Add(0);
            for (var column = 0; column < columns; column++)
            {
                var (y, x) = orientation switch
                {
                    1 => (row, column),
                    2 => (row, Width - 1 - column),
                    3 => (Height - 1 - row, Width - 1 - column),
                    4 => (Height - 1 - row, column),
                    5 => (column, row),
                    6 => (column, Width - 1 - row),
                    7 => (Height - 1 - column, Width - 1 - row),
                    _ => (Height - 1 - column, row),
                };
                stored.AddRange(upright.AsSpan(((y * Width) + x) * 3, 3));
            }
        }

        return new PngWriter(columns, rows, 8, 2).Orientation((byte)orientation).Pixels([.. stored]).End();
    }
}
