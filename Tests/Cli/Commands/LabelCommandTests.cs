using System.Text.Json;
using Gpu.Cli;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class LabelCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [Test]
    public async Task Several_pictures_are_labelled_to_folders_and_a_broken_one_is_told()
    {
        var folder = TestFiles.OutputFolder();
        var broken = Path.Combine(folder, "broken.jpg");
        await File.WriteAllTextAsync(broken, "no picture");
        var result = await VggCommands.Run(
        [
            "label", TestFiles.Sample("scene_mosaic.png"), broken, TestFiles.Sample("sunflower.jpg"), "--format", "json",
            "--output", Path.Combine(folder, "maps"), "--overlay", Path.Combine(folder, "overlays"), "--npy", Path.Combine(folder, "numbers"), .. Bundled,
        ]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(result.Error, Does.Contain("broken.jpg").And.Contain("1 of 3 pictures failed."));
            Assert.That(JsonDocument.Parse(result.Output).RootElement.GetArrayLength(), Is.EqualTo(2));
            foreach (var (name, extension) in new[] { ("maps", ".png"), ("overlays", ".png"), ("numbers", ".npy") })
            {
                Assert.That(
                    Directory.GetFiles(Path.Combine(folder, name)).Select(Path.GetFileName),
                    Is.EquivalentTo(new[] { $"scene_mosaic{extension}", $"sunflower{extension}" }));
            }
        });
    }

    [Test]
    public async Task Numbers_are_what_json_says([Values] bool fullResolution)
    {
        var folder = TestFiles.OutputFolder();
        var (numbers, confidence) = (Path.Combine(folder, "map.npy"), Path.Combine(folder, "confidence.npy"));
        string[] resolution = fullResolution ? ["--full-resolution"] : [];
        var result = await VggCommands.Run(
            ["label", TestFiles.Sample("scene_mosaic.png"), "--format", "json", "--npy", numbers, "--npy-confidence", confidence, .. resolution, .. Bundled]);
        var json = JsonDocument.Parse(result.Output).RootElement;
        var (shape, values) = ReadNumpy(numbers, "<i4", BitConverter.ToInt32);
        var cells = json.GetProperty("map").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(v => v.GetInt32()).ToList();
        var (confidenceShape, confidences) = ReadNumpy(confidence, "<f4", BitConverter.ToSingle);
        Assert.Multiple(() =>
        {
            Assert.That(shape, Is.EqualTo(fullResolution ? "(768, 1024)" : "(18, 26)"));
            var centres = fullResolution ? Enumerable.Range(0, 18 * 26).Select(c => values[((112 + (c / 26 * 32)) * 1024) + 112 + (c % 26 * 32)]) : values;
            Assert.That(centres.Zip(cells).Count(c => c.First == c.Second), Is.GreaterThanOrEqualTo(fullResolution ? 440 : 468), "of 468");
            Assert.That(values.Distinct(), Is.SubsetOf(Enumerable.Range(0, 28)));
            Assert.That(confidenceShape, Is.EqualTo("(18, 26)"));
            Assert.That(confidences, Is.EqualTo(json.GetProperty("confidence").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(v => v.GetSingle())));
        });
    }

    [Test]
    public async Task Only_the_classes_asked_for_are_shown_and_painted()
    {
        var overlay = Path.Combine(TestFiles.OutputFolder(), "overlay.png");
        var result = await VggCommands.Run(
            ["label", TestFiles.Sample("scene_mosaic.png"), "--classes", "car,sunflower,scorpion", "--overlay", overlay, "--opacity", "1", .. Bundled]);
        var lines = result.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        var (photo, drawn) = (ImageFile.Read(TestFiles.Sample("scene_mosaic.png")), ImageFile.Read(overlay));
        Assert.Multiple(() =>
        {
            Assert.That(lines.Skip(2).Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries)[1].Trim()), Is.EqualTo(new[] { "car", "sunflower" }));
            Assert.That(Pixel(drawn, 390, 340), Is.EqualTo(Pixel(photo, 390, 340)), "the stop sign is not painted");
            Assert.That(Pixel(drawn, 620, 380), Is.EqualTo(Pixel(drawn, 650, 420)), "the sunflower is painted over");
            Assert.That(Pixel(photo, 620, 380), Is.Not.EqualTo(Pixel(photo, 650, 420)));
        });
    }

    [Test]
    public async Task Classes_that_are_not_there_leave_an_empty_map()
    {
        var folder = TestFiles.OutputFolder();
        var (map, overlay) = (Path.Combine(folder, "map.png"), Path.Combine(folder, "overlay.png"));
        var result = await VggCommands.Run(["label", TestFiles.Sample("sunflower.jpg"), "--class", "scorpion", "--output", map, "--overlay", overlay, .. Bundled]);
        var text = await VggCommands.Run(["label", TestFiles.Sample("sunflower.jpg"), "--class", "scorpion", .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
        Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(2));
        Assert.That(text.Output, Does.Match(@"  \.  \.  \.\r?\n$"));
    }

    [TestCase("--opacity", "1.1")]
    [TestCase("--output", "same.png", "--overlay", "same.png")]
    [TestCase("--npy-confidence", "confidence.npy", "--full-resolution")]
    [TestCase("--class", "unicorn")]
    public async Task Wrong_usage_is_exit_code_2(params string[] options)
    {
        var result = await VggCommands.Run(["label", TestFiles.Sample("sunflower.jpg"), .. options, .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Output, Is.Empty);
    }

    private static byte[] Pixel(RgbImage image, int x, int y) => image.Pixels.Slice(((y * image.Width) + x) * 3, 3).ToArray();

    /// <summary>As the specification of numpy.lib.format has it.</summary>
    private static (string Shape, T[] Values) ReadNumpy<T>(string path, string type, Func<byte[], int, T> read)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.That(bytes[..8], Is.EqualTo(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 }));
        var start = 10 + BitConverter.ToUInt16(bytes, 8);
        var header = System.Text.Encoding.ASCII.GetString(bytes, 10, start - 10);
        Assert.That(start % 64, Is.Zero);
        Assert.That(header, Does.StartWith($"{{'descr': '{type}', 'fortran_order': False, 'shape': (").And.EndsWith("\n"));
        var shape = header[header.LastIndexOf('(')..(header.IndexOf(')', StringComparison.Ordinal) + 1)];
        return (shape, [.. Enumerable.Range(0, (bytes.Length - start) / 4).Select(i => read(bytes, start + (4 * i)))]);
    }
}
