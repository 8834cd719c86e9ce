using Gpu.Cli.Rendering;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Rendering;

public sealed class PictureFileTests
{
    private static readonly RgbImage Picture = new(2, 2, [1, 2, 3, 40, 50, 60, 255, 0, 128, 7, 8, 9]);

    private string folder = "";

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("pictures").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_saved_picture_reads_back_the_same()
    {
        var path = Path.Combine(folder, "picture.png");
        File.WriteAllText(path, "what was there before");
        PictureFile.Save(Picture, path);
        var image = ImageFile.Read(path);
        Assert.That((image.Width, image.Height), Is.EqualTo((2, 2)));
        Assert.That(image.Pixels.ToArray(), Is.EqualTo(Picture.Pixels.ToArray()));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_failing_rename_leaves_nothing_behind()
    {
        var occupied = Path.Combine(folder, "occupied.png");
        Directory.CreateDirectory(Path.Combine(occupied, "by a folder"));
        Assert.That(() => PictureFile.Save(Picture, occupied),
            Throws.TypeOf<OutputFileException>().With.Message.StartsWith($"{occupied} cannot be saved (").And.Message.EndsWith("; give another path or free some space."));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { occupied }));
    }

    [Test]
    public void A_missing_folder_is_named()
    {
        var path = Path.Combine(folder, "missing", "picture.png");
        Assert.That(() => PictureFile.Save(Picture, path),
            Throws.TypeOf<OutputFileException>().With.Message.EqualTo($"{path} cannot be saved because its folder does not exist; create the folder or give another path."));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public void The_network_input_gets_its_means_back()
    {
        var image = NetworkInputPicture.ToRgb([-123.68f, 0, 100.2f, 200, -200, 0.6f], 2, 1, [123.68f, 116.78f, 103.94f]);
        Assert.That(image.Pixels.ToArray(), Is.EqualTo(new byte[] { 0, 117, 204, 255, 0, 105 }));
        Assert.That(() => NetworkInputPicture.ToRgb([1, 2], 1, 1, [1, 2, 3]), Throws.ArgumentException);
    }
}
