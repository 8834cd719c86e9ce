using System.Globalization;
using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class AnnotateCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [Test]
    public async Task Objects_are_listed_the_largest_first()
    {
        var result = await VggCommands.Run(["annotate", TestFiles.Sample("sunflower.jpg"), TestFiles.Sample("scene_mosaic.png"), .. Bundled]);
        var parts = result.Output.ReplaceLineEndings("\n").Split("\n\n");
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(parts[0].Split('\n')[2], Does.Match(@"^sunflower\s+0\.\d\d\s+6\d\.\d %\s+center\s+\d+x\d+ at \d+, \d+\s+1"));
            Assert.That(parts[1], Does.Match(@"\ncar\s+0\.8\d\s+2\.2 %\s+top\s+224x96 at 288, 96\s+1"));
        });
    }

    [Test]
    public async Task Json_is_as_documented_and_objects_are_made_of_their_regions()
    {
        var result = await VggCommands.Run(["annotate", TestFiles.Sample("scene_mosaic.png"), "--format", "json", "--threshold", "0.4", .. Bundled]);
        var item = JsonDocument.Parse(result.Output).RootElement[0];
        var objects = item.GetProperty("objects").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Names(item), Is.EqualTo(new[] { "schema", "file", "width", "height", "device", "network", "milliseconds", "objects" }));
            Assert.That(Names(objects[0]), Is.EqualTo(new[] { "index", "wnid", "name", "confidence", "share", "position", "box", "centroid", "regions" }));
            Assert.That(Names(objects[0].GetProperty("regions")[0]), Is.EqualTo(new[] { "confidence", "share", "position", "box", "centroid" }));
            foreach (var found in objects)
            {
                Assert.That(found.GetProperty("confidence").GetDouble(), Is.InRange(0.4, 1));
                Assert.That(
                    found.GetProperty("regions").EnumerateArray().Sum(r => r.GetProperty("share").GetDouble()),
                    Is.EqualTo(found.GetProperty("share").GetDouble()).Within(1e-9));
            }
        });
    }

    [Test]
    public async Task Coco_has_polygons_of_the_area_that_it_says()
    {
        var result = await VggCommands.Run(
            ["annotate", TestFiles.Sample("scene_mosaic.png"), TestFiles.Sample("motorbike.jpg"), "--format", "coco", "--threshold", "0", .. Bundled]);
        var document = JsonDocument.Parse(result.Output).RootElement;
        var annotations = document.GetProperty("annotations").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Names(document), Is.EqualTo(new[] { "info", "images", "annotations", "categories" }));
            Assert.That(document.GetProperty("images")[1].GetProperty("file_name").GetString(), Does.EndWith("motorbike.jpg"));
            Assert.That(document.GetProperty("categories").GetArrayLength(), Is.EqualTo(28));
            Assert.That(annotations.Select(a => a.GetProperty("id").GetInt32()), Is.EqualTo(Enumerable.Range(1, annotations.Count)));
            Assert.That(annotations.Select(a => Area(a.GetProperty("segmentation"))), Is.EqualTo(annotations.Select(a => a.GetProperty("area").GetInt32())));
            Assert.That(
                annotations.Where(a => a.GetProperty("image_id").GetInt32() == 1).Sum(a => a.GetProperty("area").GetInt32()),
                Is.EqualTo(18 * 26 * 32 * 32), "every cell is in one region");
        });
    }

    [Test]
    public async Task Csv_has_a_row_an_object_of_the_classes_asked_for()
    {
        var result = await VggCommands.Run(
            ["annotate", TestFiles.Sample("scene_mosaic.png"), "--format", "csv", "--class", "Stop-Sign,sunf", "--min-area", "0.02", .. Bundled]);
        var rows = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd().Split(',')).ToList();
        Assert.That(rows.Select(r => r.Length), Is.All.EqualTo(14));
        Assert.That(rows.Skip(1).Select(r => (r[3], r[^1])), Is.EqualTo(new[] { ("stop sign", "1"), ("sunflower", "1") }));
        Assert.That(rows.Skip(1).Select(r => double.Parse(r[5], CultureInfo.InvariantCulture)), Is.All.GreaterThanOrEqualTo(0.02));
    }

    [Test]
    public async Task Pictures_of_several_go_to_a_folder_and_a_broken_one_is_told()
    {
        var folder = TestFiles.OutputFolder();
        var broken = Path.Combine(folder, "broken.jpg");
        await File.WriteAllTextAsync(broken, "no picture");
        var drawn = Path.Combine(folder, "drawn");
        var file = Path.Combine(folder, "objects.jsonl");
        var result = await VggCommands.Run(
            ["annotate", TestFiles.Sample("laptop.jpg"), broken, TestFiles.Sample("airplane.jpg"), "--picture", drawn, "--format", "jsonl", "--output", file, .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(result.Error, Does.Contain("broken.jpg").And.Contain("1 of 3 pictures failed."));
            Assert.That(result.Output, Is.Empty);
            Assert.That(File.ReadAllLines(file), Has.Length.EqualTo(2));
            Assert.That(Directory.GetFiles(drawn).Select(Path.GetFileName), Is.EquivalentTo(new[] { "laptop.png", "airplane.png" }));
        });
    }

    [Test]
    public async Task A_misspelt_class_gets_a_suggestion()
    {
        var result = await VggCommands.Run(["annotate", TestFiles.Sample("laptop.jpg"), "--class", "labtop", .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Does.Contain("did you mean 'laptop'?"));
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(p => p.Name);

    private static int Area(JsonElement segmentation)
    {
        var corners = segmentation[0].EnumerateArray().Select(c => c.GetInt32()).Chunk(2).ToList();
        return corners.Zip(corners.Skip(1).Append(corners[0]), (a, b) => (a[0] * b[1]) - (b[0] * a[1])).Sum() / 2;
    }
}
