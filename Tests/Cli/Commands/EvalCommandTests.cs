using System.Text.Json;
using Gpu.Cli;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class EvalCommandTests
{
    private static readonly string[] Bundled = ["--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--device", "cpu"];

    private static readonly string[] Names = ["airplane", "butterfly", "grand_piano", "helicopter", "laptop", "motorbike", "sailing_ship", "sunflower"];

    private string folder = "";

    [SetUp]
    public void CreateFolder() => folder = TestFiles.OutputFolder();

    [Test]
    public async Task Folders_named_after_classes_are_the_truth()
    {
        foreach (var name in Names)
        {
            Copy(name, name);
        }

        Copy("laptop", "25", "a laptop among the sunflowers, which are class 25.jpg");
        var (code, output, error) = await Run(["eval", folder, "--format", "json", .. Bundled]);
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var root = JsonDocument.Parse(output).RootElement;
        var sunflower = root.GetProperty("classes").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "sunflower");
        Assert.Multiple(() =>
        {
            Assert.That(root.EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "schema", "device", "network", "pictures", "failed", "top1", "top5", "classes", "confusions" }));
            Assert.That(root.GetProperty("schema").GetString(), Is.EqualTo("vgg.eval/1"));
            Assert.That((Count(root, "pictures"), Count(root, "top1"), Count(root, "failed")), Is.EqualTo((9, 8, 0)));
            Assert.That(sunflower.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "index", "wnid", "name", "pictures", "top1", "top5" }));
            Assert.That((Count(sunflower, "pictures"), Count(sunflower, "top1")), Is.EqualTo((2, 1)));
            Assert.That(
                root.GetProperty("confusions").EnumerateArray().Where(c => Count(c, "truth") != Count(c, "predicted")).Select(c => (Count(c, "truth"), Count(c, "predicted"), Count(c, "pictures"))),
                Is.EqualTo(new[] { (25, 14, 1) }));
        });
    }

    [Test]
    public async Task A_list_is_the_truth_and_a_broken_picture_is_left_out()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "broken.jpg"), "this is no picture");
        File.Copy(TestFiles.Sample("laptop.jpg"), Path.Combine(folder, "one.jpg"));
        File.Copy(TestFiles.Sample("motorbike.jpg"), Path.Combine(folder, "two.jpg"));
        var list = Path.Combine(folder, "list.tsv");
        await File.WriteAllTextAsync(list, "one.jpg\tLaptop\nbroken.jpg\tlaptop\n\ntwo.jpg\t25\n");
        var (code, output, error) = await Run(["eval", folder, "--truth", list, "--format", "csv", .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.InputsFailed));
            Assert.That(error, Does.Contain("broken.jpg").And.Contain("1 of 3 pictures failed."));
            Assert.That(output.ReplaceLineEndings("\n"), Is.EqualTo(
                "index,wnid,name,pictures,top1,top5,mistake,mistakes\n14,,laptop,1,1,1,,\n25,,sunflower,1,0,0,motorbike,1\n"));
        });
    }

    [Test]
    public async Task Text_and_markdown_give_the_shares()
    {
        Copy("laptop", "laptop");
        Copy("motorbike", "laptop");
        var text = await Run(["eval", folder, .. Bundled]);
        var markdown = await Run(["eval", folder, "--format", "markdown", .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(text.Output, Does.Contain("VGG-16 on cpu, pictures: 2, classes: 1").And.Contain("top-1 50.0 % (1 right)"));
            Assert.That(text.Output, Does.Match(@"(?m)^laptop\s+2\s+50\.0 %\s+\d+\.0 %\s+motorbike \(1\)"));
            Assert.That(markdown.Output, Does.Match(@"(?m)^\| laptop \| 2 \| 50\.0 % \| \d+\.0 % \| motorbike \(1\) \|"));
        });
    }

    [Test]
    public async Task The_confusion_matrix_is_a_table_and_a_picture()
    {
        Copy("laptop", "laptop");
        Copy("motorbike", "laptop");
        Copy("sunflower", "sunflower");
        var (table, picture) = (Path.Combine(folder, "confusion.csv"), Path.Combine(folder, "confusion.png"));
        var (code, _, error) = await Run(["eval", folder, "--confusion", table, "--confusion-picture", picture, .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success), error);
            Assert.That(File.ReadAllLines(table), Is.EqualTo(new[]
            {
                "index,name,14 laptop,17 motorbike,25 sunflower", "14,laptop,1,1,0", "25,sunflower,0,0,1",
            }));
            Assert.That(ImageFile.Read(picture).Width, Is.GreaterThan(300));
        });
    }

    [TestCase("lamptop", "did you mean 'laptop'")]
    [TestCase("s", "'s' may be")]
    public async Task A_folder_that_names_no_class_is_told(string name, string expected)
    {
        Copy("laptop", name);
        var (code, output, error) = await Run(["eval", folder, .. Bundled]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Usage));
            Assert.That(error, Does.Contain(Path.Combine(folder, name)).And.Contain(expected));
            Assert.That(output, Is.Empty);
        });
    }

    [Test]
    public async Task A_name_of_two_classes_is_refused()
    {
        var labels = Path.Combine(folder, "labels.txt");
        await File.WriteAllLinesAsync(labels, Enumerable.Range(0, 28).Select(i => i is 3 or 7 ? "crane" : $"class {i}"));
        Copy("laptop", "crane");
        var (code, _, error) = await Run(["eval", folder, "--weights", TestFiles.BundledCheckpoint, "--labels", labels, "--device", "cpu"]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("'crane' is the name of several classes, 3 and 7; write the index."));
    }

    [TestCase("one.jpg laptop\n", "line 1, has not two fields")]
    [TestCase("one.jpg\tlaptop\ntwo.jpg\tzebra\n", "line 2: No class is named 'zebra'")]
    [TestCase("\n\n", "names no pictures")]
    [TestCase(null, "cannot be read")]
    public async Task A_list_that_is_none_is_told(string? content, string expected)
    {
        var list = Path.Combine(folder, "list.tsv");
        if (content is not null)
        {
            await File.WriteAllTextAsync(list, content);
        }

        var (code, _, error) = await Run(["eval", folder, "--truth", list, .. Bundled]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain(list).And.Contain(expected));
    }

    [Test]
    public async Task A_folder_without_subfolders_is_told()
    {
        var (code, _, error) = await Run(["eval", folder, .. Bundled]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("has no subfolders").And.Contain("--truth"));
    }

    private static int Count(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private void Copy(string sample, string className, string? name = null)
    {
        var target = Directory.CreateDirectory(Path.Combine(folder, className));
        File.Copy(TestFiles.Sample($"{sample}.jpg"), Path.Combine(target.FullName, name ?? $"{sample}.jpg"));
    }
}
