using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class ClassifyCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    [Test]
    public async Task Batches_change_neither_results_nor_their_order()
    {
        var folder = Samples("*.jpg");
        var alone = await Run(["classify", folder, "--format", "jsonl", "--batch", "1", .. Bundled]);
        var together = await Run(["classify", folder, "--format", "jsonl", "--batch", "4", .. Bundled]);
        var (one, four) = (Best(alone.Output), Best(together.Output));
        Assert.Multiple(() =>
        {
            Assert.That(alone.Code, Is.EqualTo(ExitCode.Success), alone.Error);
            Assert.That(one, Has.Count.EqualTo(Directory.GetFiles(folder).Length).And.EqualTo(four));
            Assert.That(one.Select(b => b.File), Is.Ordered);
            Assert.That(one.Select(b => Path.GetFileNameWithoutExtension(b.File).Replace('_', ' ')), Is.EqualTo(one.Select(b => b.Name)));
        });
    }

    [Test]
    public async Task A_threshold_leaves_out_what_is_less_probable()
    {
        var result = await Run(["classify", TestFiles.Sample("helicopter.jpg"), "--format", "csv", "--threshold", "0.02", .. Bundled]);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines.Skip(1).Select(l => l.Split(',')[4]), Is.EqualTo(new[] { "helicopter", "airplane" }));
    }

    [Test]
    public async Task Markdown_is_a_table_whose_cells_are_escaped()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "a|b_c.jpg");
        File.Copy(TestFiles.Sample("laptop.jpg"), file);
        var result = await Run(["classify", file, "--format", "markdown", "--top", "1", .. Bundled]);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[1].TrimEnd(), Is.EqualTo("|---|---|---|---|---|"));
        Assert.That(lines[2], Does.Contain(@"a\|b\_c.jpg | 1 | laptop | 0."));
    }

    [Test]
    public async Task Output_is_a_file_and_nothing_else()
    {
        var folder = TestFiles.OutputFolder();
        var file = Path.Combine(folder, "classes.json");
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--format", "json", "--output", file, .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(result.Output, Is.Empty);
            Assert.That(JsonDocument.Parse(File.ReadAllText(file)).RootElement[0].GetProperty("schema").GetString(), Is.EqualTo("vgg.classify/1"));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1), "no temporary file is left");
        });
    }

    [Test]
    public async Task Of_a_run_that_fails_no_output_file_is_left()
    {
        var folder = TestFiles.OutputFolder();
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--output", Path.Combine(folder, "classes.txt"), "--weights", TestFiles.Sample("laptop.jpg")]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(Directory.GetFiles(folder), Is.Empty);
    }

    [Test]
    public async Task An_output_that_cannot_be_written_is_exit_code_5()
    {
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), "--output", TestFiles.OutputFolder(), .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Output));
        Assert.That(result.Error, Does.Contain("It is a folder"));
    }

    [Test]
    public async Task Inputs_of_several_pictures_are_saved_to_a_folder()
    {
        var folder = Path.Combine(TestFiles.OutputFolder(), "inputs");
        var twin = Path.Combine(TestFiles.OutputFolder(), "twin", "laptop.png");
        Directory.CreateDirectory(Path.GetDirectoryName(twin)!);
        File.Copy(TestFiles.Sample("scene_mosaic.png"), twin);
        var result = await Run(["classify", TestFiles.Sample("laptop.jpg"), twin, "--save-input", folder, .. Bundled]);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "laptop.png", "laptop-2.png" }));
    }

    [Test]
    public async Task A_larger_crop_is_seen_as_a_whole()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "input.png");
        var result = await Run(
            ["classify", TestFiles.Sample("sunflower.jpg"), "--resize-side", "300", "--crop", "290", "--save-input", file, "--top", "1", .. Bundled]);
        var saved = Gpu.Loader.Images.ImageFile.Read(file);
        Assert.Multiple(() =>
        {
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(result.Output, Does.Match(@"1\s+sunflower\s+0\.9"));
            Assert.That((saved.Width, saved.Height), Is.EqualTo((290, 290)));
        });
    }

    [Test]
    public async Task Quiet_says_nothing_but_results_and_errors()
    {
        var broken = Path.Combine(TestFiles.OutputFolder(), "broken.jpg");
        await File.WriteAllTextAsync(broken, "no picture");
        var map = Path.Combine(TestFiles.OutputFolder(), "map.png");
        var quiet = await Run(["--quiet", "label", TestFiles.Sample("scene_mosaic.png"), "--output", map, .. Bundled]);
        var failed = await Run(["classify", broken, "--quiet", .. Bundled]);
        Assert.That(quiet.Error, Is.Empty);
        Assert.That(failed.Error, Does.Contain("broken.jpg"));
    }

    private static string Samples(string pattern)
    {
        var folder = TestFiles.OutputFolder();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(TestFiles.Sample("x"))!, pattern))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    private static List<(string File, string Name)> Best(string lines) =>
    [
        .. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).Select(e =>
            (e.GetProperty("file").GetString()!, e.GetProperty("predictions")[0].GetProperty("name").GetString()!)),
    ];

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
