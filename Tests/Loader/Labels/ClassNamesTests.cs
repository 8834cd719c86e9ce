using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Labels;

internal sealed class ClassNamesTests
{
    private static readonly ClassNames ImageNet = new(ClassLabels.ImageNet);

    [TestCase("school bus", 779)]
    [TestCase("School-Bus", 779)]
    [TestCase("  school_bus ", 779)]
    [TestCase("taxi", 468, TestName = "A synonym")]
    [TestCase("cab, hack, taxi, taxicab", 468, TestName = "The whole synset")]
    [TestCase("school", 779, TestName = "A unique beginning")]
    [TestCase("taxica", 468, TestName = "A unique beginning of a synonym")]
    [TestCase("cab", 468, TestName = "A name that is also the beginning of others")]
    [TestCase("779", 779)]
    [TestCase("n04146614", 779)]
    public void A_class_is_found_by_what_people_call_it(string name, int index) =>
        Assert.That(ImageNet.Find(name).Select(l => l.Index), Is.EqualTo(new[] { index }));

    [Test]
    public void Classes_of_one_name_are_all_found() => Assert.That(ImageNet.Find("crane").Select(l => l.Index), Is.EqualTo(new[] { 134, 517 }));

    [TestCase("shcool bus", "did you mean 'school bus'?")]
    [TestCase("elephant", "did you mean 'Indian elephant' or 'African elephant'?")]
    [TestCase("s", " more; write more of the name.")]
    [TestCase("quetzalcoatlus", "the network has 1000 classes, from 'tench' to 'toilet tissue'.")]
    [TestCase("", "No class is named ''")]
    public void Anything_else_is_one_sentence_with_those_that_may_be_meant(string name, string sentence) =>
        Assert.That(() => ImageNet.Find(name), Throws.TypeOf<ClassNameException>().With.Message.Contains(sentence));
}
