using System.Text;
using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Labels;

public sealed class ClassLabelsTests
{
    private string path = "";

    [SetUp]
    public void NamePath() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.txt");

    [TearDown]
    public void DeleteFile() => File.Delete(path);

    [TestCase(0, "n01440764", "tench")]
    [TestCase(207, "n02099601", "golden retriever")]
    [TestCase(281, "n02123045", "tabby")]
    [TestCase(282, "n02123159", "tiger cat")]
    [TestCase(285, "n02124075", "Egyptian cat")]
    [TestCase(385, "n02504013", "Indian elephant")]
    [TestCase(386, "n02504458", "African elephant")]
    [TestCase(404, "n02690373", "airliner")]
    [TestCase(468, "n02930766", "cab")]
    [TestCase(654, "n03769881", "minibus")]
    [TestCase(779, "n04146614", "school bus")]
    [TestCase(812, "n04266014", "space shuttle")]
    [TestCase(817, "n04285008", "sports car")]
    [TestCase(829, "n04335435", "streetcar")]
    [TestCase(874, "n04487081", "trolleybus")]
    [TestCase(920, "n06874185", "traffic light")]
    [TestCase(999, "n15075141", "toilet tissue")]
    public void ImageNet_has_the_known_classes_at_their_indices(int index, string wordNetId, string firstName)
    {
        var label = ClassLabels.ImageNet[index];
        Assert.That((label.Index, label.WordNetId, label.Name.Split(',')[0]), Is.EqualTo((index, wordNetId, firstName)));
    }

    [Test]
    public void ImageNet_is_in_the_order_of_its_WordNet_ids()
    {
        var labels = ClassLabels.ImageNet;
        Assert.That(labels, Has.Count.EqualTo(1000));
        Assert.That(labels.Select(label => label.Index), Is.EqualTo(Enumerable.Range(0, 1000)));
        Assert.That(labels.Select(label => label.WordNetId), Is.Ordered.Using((IComparer<string?>)StringComparer.Ordinal).And.Unique);
        Assert.That(labels.Count(label => label.Name == "crane"), Is.EqualTo(2), "names are not unique");
    }

    [Test]
    public void Plain_names_are_numbered_by_line()
    {
        Write("\uFEFFtench\r\n  school bus \r\nété\n\n \n");
        Assert.That(ClassLabels.Read(path), Is.EqualTo(new[] { new ClassLabel(0, null, "tench"), new ClassLabel(1, null, "school bus"), new ClassLabel(2, null, "été") }));
    }

    [Test]
    public void A_table_is_ordered_by_index()
    {
        Write("index\twnid\tname\n1\t\tsecond\n0\tn01440764\tfirst, with a comma\n");
        Assert.That(ClassLabels.Read(path), Is.EqualTo(new[] { new ClassLabel(0, "n01440764", "first, with a comma"), new ClassLabel(1, null, "second") }));
    }

    [TestCase("", null, "is empty")]
    [TestCase("\n \n", null, "is empty")]
    [TestCase("a\n\nb", 2, "has no name")]
    [TestCase("a\nb\0c", 2, "control characters")]
    [TestCase("index\twnid\tname\n", null, "no classes")]
    [TestCase("index\twnid\tname\n0\tn1\ta\n0\tn2\tb", 3, "repeats the index 0")]
    [TestCase("index\twnid\tname\n0\tn1\ta\n2\tn2\tb", 3, "has the index '2'; with 2 classes the indices are 0 to 1")]
    [TestCase("index\twnid\tname\n-1\tn1\ta", 2, "has the index '-1'")]
    [TestCase("index\twnid\tname\nx\tn1\ta", 2, "has the index 'x'")]
    [TestCase("index\twnid\tname\n0\tn1", 2, "has 2 fields")]
    [TestCase("index\twnid\tname\n0\tn1\t \n", 2, "has 2 fields")]
    public void A_bad_file_is_named_with_its_line(string content, int? line, string expected)
    {
        Write(content);
        var exception = Assert.Throws<LabelException>(() => ClassLabels.Read(path));
        Assert.That((exception!.File, exception.Line), Is.EqualTo((path, line)));
        Assert.That(exception.Message, Does.StartWith(line is null ? path + " " : $"{path}, line {line}, ").And.Contains(expected));
    }

    [Test]
    public void What_is_not_text_is_refused()
    {
        File.WriteAllBytes(path, [0x61, 0xFF, 0xFE, 0x0A]);
        Assert.That(() => ClassLabels.Read(path), Throws.TypeOf<LabelException>().With.Message.Contains("is not UTF-8 text"));
        Write(new string('a', 2000));
        Assert.That(() => ClassLabels.Read(path), Throws.TypeOf<LabelException>().With.Message.Contains("a name of 2000 characters"));
        Write(new string('a', (4 << 20) + 1));
        Assert.That(() => ClassLabels.Read(path), Throws.TypeOf<LabelException>().With.Message.Contains("is larger than 4194304 bytes"));
    }

    [Test]
    public void Missing_files_and_folders_are_named()
    {
        Assert.That(() => ClassLabels.Read(path), Throws.TypeOf<LabelException>().With.Message.EqualTo($"{path} does not exist; check the path."));
        var folder = TestContext.CurrentContext.WorkDirectory;
        Assert.That(() => ClassLabels.Read(folder), Throws.TypeOf<LabelException>().With.Message.StartsWith($"{folder} is a folder"));
    }

    private void Write(string content) => File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
