using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli;

/// <summary>The command line in this process: what it prints, where, and its exit codes.</summary>
internal sealed class CommandLineTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [Test]
    public async Task Classify_prints_the_best_classes()
    {
        var result = await Run(["classify", TestFiles.Sample("sunflower.jpg"), .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(result.Output, Does.Contain("sunflower.jpg  293x300  VGG-16 on cpu"));
            Assert.That(result.Output, Does.Match(@"1\s+sunflower\s+0\.99\d+\s+█+\s+25"));
            Assert.That(result.Error, Is.Empty);
        });
    }

    [Test]
    public async Task Classify_prints_json()
    {
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), TestFiles.Sample("airplane.jpg"), "--format", "json", "--top", "2", .. Bundled]);
        var items = JsonDocument.Parse(result.Output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success));
            Assert.That(items.GetArrayLength(), Is.EqualTo(2));
            Assert.That(items[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "schema", "file", "width", "height", "device", "network", "milliseconds", "predictions" }));
            Assert.That(items[1].GetProperty("width").GetInt32(), Is.EqualTo(426));
            var best = items[1].GetProperty("predictions")[0];
            Assert.That(best.EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "rank", "index", "wnid", "name", "probability", "logit" }));
            Assert.That(best.GetProperty("name").GetString(), Is.EqualTo("airplane"));
            Assert.That(best.GetProperty("wnid").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(items[1].GetProperty("predictions").GetArrayLength(), Is.EqualTo(2));
        });
    }

    [Test]
    public async Task Classify_prints_csv_whose_fields_are_quoted_where_they_must_be()
    {
        var folder = TestFiles.OutputFolder();
        var file = Path.Combine(folder, "a, \"b\".jpg");
        File.Copy(TestFiles.Sample("butterfly.jpg"), file);
        var result = await Run(["classify", file, "--format", "csv", "--top", "1", .. Bundled]);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Multiple(() =>
        {
            Assert.That(lines[0].TrimEnd(), Is.EqualTo("file,rank,index,wnid,name,probability,logit"));
            Assert.That(lines[1], Does.StartWith($"\"{file.Replace("\"", "\"\"", StringComparison.Ordinal)}\",1,3,,butterfly,0.8"));
            Assert.That(lines, Has.Length.EqualTo(2));
        });
    }

    [Test]
    public async Task One_broken_picture_of_eight_leaves_seven_results_and_exit_code_1()
    {
        var broken = Path.Combine(TestFiles.OutputFolder(), "broken.jpg");
        await File.WriteAllTextAsync(broken, "this is no picture");
        var good = Directory.GetFiles(Path.GetDirectoryName(TestFiles.Sample("x"))!, "*.jpg").Order().Take(7).ToList();
        var result = await Run(["classify", .. good.Take(3), broken, .. good.Skip(3), "--format", "json", .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(
                JsonDocument.Parse(result.Output).RootElement.EnumerateArray().Select(e => e.GetProperty("file").GetString()),
                Is.EqualTo(good));
            Assert.That(result.Error, Does.Contain("broken.jpg").And.Contain("1 of 8 pictures failed."));
        });
    }

    [Test]
    public async Task Save_input_writes_what_the_network_saw()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "input.png");
        var result = await Run(["classify", TestFiles.Sample("helicopter.jpg"), "--save-input", file, .. Bundled]);
        var saved = Gpu.Loader.Images.ImageFile.Read(file);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success));
            Assert.That((saved.Width, saved.Height), Is.EqualTo((224, 224)));
        });
    }

    [Test]
    public async Task Label_prints_json_as_documented()
    {
        var result = await Run(["label", TestFiles.Sample("scene_mosaic.png"), "--format", "json", .. Bundled]);
        var map = JsonDocument.Parse(result.Output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(map.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
            {
                "schema", "file", "width", "height", "device", "network", "rows", "columns", "stride", "offset", "classes", "map", "confidence",
            }));
            Assert.That(map.GetProperty("classes")[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "id", "index", "wnid", "name", "cells", "share" }));
            Assert.That((map.GetProperty("rows").GetInt32(), map.GetProperty("columns").GetInt32()), Is.EqualTo((18, 26)));
            Assert.That((map.GetProperty("stride").GetInt32(), map.GetProperty("offset").GetInt32()), Is.EqualTo((32, 96)));
            Assert.That(map.GetProperty("map").GetArrayLength(), Is.EqualTo(18));
            Assert.That(map.GetProperty("map")[0].GetArrayLength(), Is.EqualTo(26));
            Assert.That(map.GetProperty("confidence")[17].GetArrayLength(), Is.EqualTo(26));
            Assert.That(map.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("id").GetInt32()),
                Is.EqualTo(Enumerable.Range(0, map.GetProperty("classes").GetArrayLength())));
            Assert.That(map.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("cells").GetInt32()), Is.EqualTo(18 * 26));
        });
    }

    [TestCase("airplane.jpg", "same", false, 426, "5 rows x 13 columns")]
    [TestCase("airplane.jpg", "same", true, 426, "5 rows x 13 columns")]
    [TestCase("scene_mosaic.png", "valid", false, 1024, "18 rows x 26 columns")]
    public async Task Label_saves_map_and_overlay(string sample, string padding, bool fullResolution, int width, string size)
    {
        var folder = TestFiles.OutputFolder();
        var (map, overlay) = (Path.Combine(folder, "map.png"), Path.Combine(folder, "overlay.png"));
        string[] resolution = fullResolution ? ["--full-resolution"] : [];
        var result = await Run(
            ["label", TestFiles.Sample(sample), "--padding", padding, "--output", map, "--overlay", overlay, .. resolution, .. Bundled]);
        var picture = Gpu.Loader.Images.ImageFile.Read(overlay);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(result.Output, Does.Contain(size));
            Assert.That(picture.Width, Is.GreaterThan(width), "the legend stands beside the photograph");
            Assert.That(Gpu.Loader.Images.ImageFile.Read(map).Width, Is.GreaterThan(13));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(2), "no temporary files are left");
        });
    }

    [Test]
    public async Task A_picture_too_small_for_valid_padding_says_what_to_do()
    {
        var result = await Run(["label", TestFiles.Sample("airplane.jpg"), .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(result.Error, Does.Contain("airplane.jpg").And.Contain("426x190").And.Contain("224x224").And.Contain("SAME"));
            Assert.That(result.Output, Is.Empty);
        });
    }

    [TestCase("cuda:99")]
    [TestCase("opencl:99")]
    [TestCase("tpu")]
    public async Task An_absent_device_is_an_error_that_names_those_present(string device)
    {
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--weights", TestFiles.BundledCheckpoint, "--device", device]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Device));
            Assert.That(result.Error, Does.Contain(device).And.Contain("cpu"));
            Assert.That(result.Output, Is.Empty);
        });
    }

    [TestCase("missing.ckpt", null)]
    [TestCase("empty.ckpt", "")]
    [TestCase("text.ckpt", "some words that are no checkpoint")]
    public async Task Unreadable_weights_are_one_sentence_with_the_file(string name, string? content)
    {
        var file = Path.Combine(TestFiles.OutputFolder(), name);
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content);
        }

        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--weights", file]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
            Assert.That(result.Error.Trim(), Does.Contain(name).And.Not.Contain("\n"));
            Assert.That(result.Output, Is.Empty);
        });
    }

    [Test]
    public async Task A_truncated_checkpoint_is_one_sentence_with_the_file()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "truncated.ckpt");
        await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(TestFiles.BundledCheckpoint))[..2_000_000]);
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--weights", file]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
            Assert.That(result.Error.Trim(), Does.Contain("truncated.ckpt").And.Not.Contain("\n"));
        });
    }

    [Test]
    public async Task Labels_of_another_network_are_refused()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "labels.txt");
        await File.WriteAllTextAsync(file, "one\ntwo\nthree\n");
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--weights", TestFiles.BundledCheckpoint, "--labels", file]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
            Assert.That(result.Error, Does.Contain("28").And.Contain("3"));
        });
    }

    [TestCase("classify")]
    [TestCase("classify", "x.jpg", "--top", "0")]
    [TestCase("classify", "x.jpg", "--format", "xml")]
    [TestCase("classify", "x.jpg", "--batch", "0")]
    [TestCase("classify", "x.jpg", "--threshold", "1.5")]
    [TestCase("classify", "x.jpg", "--crop", "223")]
    [TestCase("classify", "x.jpg", "--crop", "300")]
    [TestCase("classify", "x.jpg", "--resize-side", "1000000", "--crop", "300")]
    [TestCase("classify", "no/such/*.jpg")]
    [TestCase("classify", "@no-such-list.txt")]
    [TestCase("label", "x.jpg", "--padding", "reflect")]
    [TestCase("label", "x.jpg", "--format", "csv")]
    [TestCase("label", "x.jpg", "--full-resolution")]
    [TestCase("paint", "x.jpg")]
    [TestCase("classify", "x.jpg", "--threads", "0")]
    [TestCase("classify", "x.jpg", "--threads", "many")]
    [TestCase("classify", "x.jpg", "--top", "all")]
    [TestCase("bench", "--batch", "x")]
    [TestCase("classify", "x.jpg", "--precision", "float64")]
    [TestCase("bench", "--batch", "1024", "--size", "32768")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments)
    {
        var result = await Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
            Assert.That(result.Error, Is.Not.Empty);
            Assert.That(result.Output, Is.Empty);
        });
    }

    [Test]
    public async Task An_unwritable_output_is_exit_code_5_and_leaves_nothing()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "no", "such", "folder", "map.png");
        var result = await Run(["label", TestFiles.Sample("scene_mosaic.png"), "--output", file, .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Output));
            Assert.That(result.Error, Does.Contain("map.png"));
            Assert.That(result.Output, Is.Empty);
        });
    }

    [Test]
    public async Task Verbose_prints_every_layer_with_its_algorithm()
    {
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--verbose", .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Error, Does.Match(@"conv1/conv1_1\s+\S+\s+[\d.]+ ms\s+[\d.]+ GFLOP/s"));
            var layers = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line.Split(' ')[0].Split('+'));
            Assert.That(layers.Count(), Is.EqualTo(1 + 13 + 5 + 3 + 1));
            Assert.That(result.Error, Does.StartWith("VGG-16, 1,106,628 parameters, "));
        });
    }

    [Test]
    public async Task Precision_fp16_weights_stores_fully_connected_weights_so()
    {
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--precision", "fp16-weights", "--verbose", .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(result.Error, Does.Match(@"fc6\s+fully-connected-fp16 ").And.Match(@"fc8\s+fully-connected-fp16 "));
            Assert.That(result.Output, Does.Match(@"1\s+laptop "));
        });
    }

    [Test]
    public async Task Devices_lists_the_cpu()
    {
        var result = await Run("devices");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(result.Output, Does.Match(@"(?m)^cpu\s+.+GiB"));
    }

    [Test]
    public async Task Demo_classifies_and_labels_the_bundled_pictures()
    {
        var folder = TestFiles.OutputFolder();
        var result = await Run("demo", "--device", "cpu", "--output", folder);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(result.Error, Does.Contain("Saved ").And.Contain("overlay.png"));
            Assert.That(result.Output, Does.Contain("$ vgg classify").And.Contain("$ vgg label").And.Contain("motorbike"));
            Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "map.png", "overlay.png" }));
        });
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
