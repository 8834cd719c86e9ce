using Gpu.Cli.Laboratory;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Laboratory;

internal sealed class NumberListTests
{
    [TestCase("8", 8)]
    [TestCase("1,8,64", 1, 8, 64)]
    [TestCase("1-4", 1, 2, 3, 4)]
    [TestCase("8-32+8", 8, 16, 24, 32)]
    [TestCase("1-64*2", 1, 2, 4, 8, 16, 32, 64)]
    [TestCase("1-5*2,5,4", 1, 2, 4, 5)]
    [TestCase("3-3", 3)]
    public void Lists_and_ranges_are_read(string text, params int[] expected) =>
        Assert.That(NumberList.Parse(text, 1, 1000), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase(",")]
    [TestCase("1,")]
    [TestCase("-1")]
    [TestCase("0")]
    [TestCase("1001")]
    [TestCase("4-2")]
    [TestCase("1-64*1")]
    [TestCase("1-64+0")]
    [TestCase("0-8*2")]
    [TestCase("1-2-3")]
    [TestCase("x")]
    [TestCase("1-1001")]
    [TestCase("1-99999999999")]
    public void Anything_else_is_refused(string text) => Assert.That(NumberList.Parse(text, 1, 1000), Is.Null);

    [Test]
    public void A_list_of_too_many_is_refused() => Assert.That(NumberList.Parse("1-2000000000", 1, int.MaxValue), Is.Null);
}
