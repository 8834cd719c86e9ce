using System.Text.Json;
using Gpu.Cli;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class RedactCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [TestCase("blur", "redacted.png")]
    [TestCase("pixelate", "redacted.jpg")]
    [TestCase("fill", "redacted.jpeg")]
    public async Task A_class_is_redacted_and_its_share_reported(string mode, string name)
    {
        var file = Path.Combine(TestFiles.OutputFolder(), name);
        var result = await VggCommands.Run(["redact", TestFiles.Sample("scene_mosaic.png"), "--class", "stop-sign", "--mode", mode, "--output", file, .. Bundled]);
        var (before, after) = (ImageFile.Read(TestFiles.Sample("scene_mosaic.png")), ImageFile.Read(file));
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(result.Output, Does.Match(@"stop sign 7\.\d %; saved as .*redacted"));
            Assert.That((after.Width, after.Height), Is.EqualTo((1024, 768)));
            Assert.That(Change(before, after, 390, 340), Is.GreaterThan(25), "the sign");
            Assert.That(Change(before, after, 400, 130), Is.LessThan(5), "the car");
        });
    }

    [Test]
    public async Task Nothing_found_is_said_and_is_no_failure()
    {
        var folder = TestFiles.OutputFolder();
        var photo = Path.Combine(folder, "laptop.jpg");
        File.Copy(TestFiles.Sample("laptop.jpg"), photo);
        var original = await File.ReadAllBytesAsync(photo);
        var result = await VggCommands.Run(["redact", photo, "--class", "face", "--in-place", .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
        Assert.That(result.Output, Does.Contain("nothing of face was found; left as it is"));
        Assert.That(await File.ReadAllBytesAsync(photo), Is.EqualTo(original));
    }

    [Test]
    public async Task In_place_replaces_the_picture()
    {
        var folder = TestFiles.OutputFolder();
        var photo = Path.Combine(folder, "sunflower.jpg");
        File.Copy(TestFiles.Sample("sunflower.jpg"), photo);
        var result = await VggCommands.Run(["redact", photo, "--class", "sunflower", "--in-place", "--format", "json", .. Bundled]);
        var item = JsonDocument.Parse(result.Output).RootElement[0];
        Assert.Multiple(() =>
        {
            Assert.That(item.EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "schema", "file", "width", "height", "device", "network", "milliseconds", "mode", "share", "classes", "saved" }));
            Assert.That(item.GetProperty("share").GetDouble(), Is.GreaterThan(0.5));
            Assert.That(item.GetProperty("saved").GetString(), Is.EqualTo(photo));
            Assert.That(Change(ImageFile.Read(TestFiles.Sample("sunflower.jpg")), ImageFile.Read(photo), 146, 150), Is.GreaterThan(10));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1));
        });
    }

    [TestCase("sunflower.jpg", "--output", "sunflower.jpg")]
    [TestCase("sunflower.jpg", "--output", "./twin/../sunflower.jpg")]
    [TestCase("sunflower.jpg", "--output", "redacted.gif")]
    [TestCase("sunflower.jpg", "--output", "redacted.png", "--in-place")]
    [TestCase("sunflower.jpg")]
    [TestCase("picture.gif", "--in-place")]
    public async Task An_original_is_not_overwritten_by_mistake(string input, params string[] options)
    {
        var folder = TestFiles.OutputFolder();
        Directory.CreateDirectory(Path.Combine(folder, "twin"));
        var photo = Path.Combine(folder, input);
        File.Copy(TestFiles.Sample("sunflower.jpg"), photo);
        var original = await File.ReadAllBytesAsync(photo);
        var result = await VggCommands.Run(
            ["redact", photo, "--class", "sunflower", .. options.Select(o => o.StartsWith('-') ? o : Path.Combine(folder, o)), .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
            Assert.That(result.Error.Trim(), Is.Not.Empty.And.Not.Contain("\n"));
            Assert.That(File.ReadAllBytes(photo), Is.EqualTo(original));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public async Task A_folder_of_originals_is_refused_even_for_pictures_from_elsewhere()
    {
        var folder = TestFiles.OutputFolder();
        var photo = Path.Combine(folder, "laptop.jpg");
        File.Copy(TestFiles.Sample("sunflower.jpg"), photo);
        var result = await VggCommands.Run(["redact", TestFiles.Sample("laptop.jpg"), photo, "--class", "sunflower", "--output", folder, .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Does.Contain("is one of the originals"));
    }

    [Test]
    public async Task Several_pictures_go_to_a_folder_under_their_names()
    {
        var folder = Path.Combine(TestFiles.OutputFolder(), "redacted");
        var broken = Path.Combine(TestFiles.OutputFolder(), "broken.png");
        await File.WriteAllTextAsync(broken, "no picture");
        var result = await VggCommands.Run(
            ["redact", TestFiles.Sample("laptop.jpg"), broken, TestFiles.Sample("scene_mosaic.png"), "--class", "car,face", "--output", folder, "--format", "jsonl", .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(result.Error, Does.Contain("broken.png").And.Contain("1 of 3 pictures failed."));
            Assert.That(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2));
            Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "laptop.jpg", "scene_mosaic.png" }));
        });
    }

    /// <summary>Mean difference of the levels in a square around a point.</summary>
    private static double Change(RgbImage before, RgbImage after, int x, int y) => (
        from row in Enumerable.Range(y - 20, 40)
        from place in Enumerable.Range(((row * before.Width) + x - 20) * 3, 40 * 3)
        select Math.Abs(before.Pixels.Span[place] - after.Pixels.Span[place])).Average();
}
