using Gpu.Cli;
using Gpu.Cli.Inputs;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Inputs;

internal sealed class PictureInputsTests
{
    private string folder = "";

    [SetUp]
    public void MakeFiles()
    {
        folder = TestFiles.OutputFolder();
        foreach (var name in new[] { "b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "sub/c.jpeg", "sub/deep/d.gif", "sub/deep/e1.tga", "sub/deep/e22.tga" })
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }
    }

    [Test]
    public void A_folder_stands_for_its_pictures_by_name() => Assert.That(Relative(folder), Is.EqualTo(new[] { "a.PNG", "b.jpg" }));

    [Test]
    public void Recursive_takes_those_of_its_subfolders_but_follows_no_links()
    {
        Directory.CreateSymbolicLink(Path.Combine(folder, "sub", "back"), folder);
        Assert.That(
            Relative(new PictureInputs([folder], recursive: true, TextReader.Null)),
            Is.EqualTo(new[] { "a.PNG", "b.jpg", "sub/c.jpeg", "sub/deep/d.gif", "sub/deep/e1.tga", "sub/deep/e22.tga" }));
        Assert.That(Relative(Path.Combine(folder, "**", "*.gif")), Is.EqualTo(new[] { "sub/deep/d.gif" }));
    }

    [TestCase("*.jpg", ".hidden.jpg", "b.jpg")]
    [TestCase("**/*.jp*g", ".hidden.jpg", "b.jpg", "sub/c.jpeg")]
    [TestCase("sub/*/e?.tga", "sub/deep/e1.tga")]
    [TestCase("s*/d*/e*", "sub/deep/e1.tga", "sub/deep/e22.tga")]
    [TestCase("**/deep/*.gif", "sub/deep/d.gif")]
    public void Patterns_match_names_and_folders(string pattern, params string[] files) =>
        Assert.That(Relative(Path.Combine(folder, pattern)), Is.EqualTo(files));

    [Test]
    public void A_list_has_a_file_a_line_and_the_order_of_arguments_is_kept()
    {
        var list = Path.Combine(folder, "list.txt");
        File.WriteAllText(list, "z.jpg\n\n with blanks .png\r\n");
        var inputs = new PictureInputs(["first.jpg", $"@{list}", Path.Combine(folder, "b.jpg")], recursive: false, TextReader.Null);
        Assert.That(inputs.Count, Is.EqualTo(4));
        Assert.That(inputs.Paths, Is.EqualTo(new[] { "first.jpg", "z.jpg", " with blanks .png", Path.Combine(folder, "b.jpg") }));
    }

    [Test]
    public void The_standard_input_is_read_as_it_comes()
    {
        using var input = new CountingReader();
        var inputs = new PictureInputs(["first.jpg", "-"], recursive: false, input);
        Assert.That(inputs.Count, Is.Null);
        Assert.That(inputs.Paths.Take(3), Is.EqualTo(new[] { "first.jpg", "1.jpg", "2.jpg" }));
        Assert.That(input.Lines, Is.EqualTo(2));
    }

    [Test]
    public void Names_may_be_separated_by_zero_bytes() =>
        Assert.That(new PictureInputs(["-"], recursive: false, new StringReader("a.jpg\0b.jpg\0")).Paths, Is.EqualTo(new[] { "a.jpg", "b.jpg" }));

    [TestCase("sub/deep/*.png", "No file matches")]
    [TestCase("sub", "has no pictures", "c.jpeg")]
    [TestCase("nowhere/*.png", "cannot be listed")]
    public void What_names_nothing_is_refused(string argument, string sentence, string? delete = null)
    {
        if (delete is not null)
        {
            File.Delete(Path.Combine(folder, argument, delete));
        }

        Assert.That(() => Relative(Path.Combine(folder, argument)), Throws.TypeOf<UsageException>().With.Message.Contains(sentence));
    }

    private List<string> Relative(string argument) => Relative(new PictureInputs([argument], recursive: false, TextReader.Null));

    private List<string> Relative(PictureInputs inputs)
    {
        var files = inputs.Paths.Select(p => Path.GetRelativePath(folder, p).Replace('\\', '/')).ToList();
        Assert.That(inputs.Count, Is.EqualTo(files.Count));
        return files;
    }

    private sealed class CountingReader : TextReader
    {
        public int Lines { get; private set; }

        public override string ReadLine() => $"{++Lines}.jpg";
    }
}
