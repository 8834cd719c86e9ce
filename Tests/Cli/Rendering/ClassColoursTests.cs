using Gpu.Cli.Rendering;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

public sealed class ClassColoursTests
{
    private static readonly uint[] Paired =
        [0xA6CEE3, 0x1F78B4, 0xB2DF8A, 0x33A02C, 0xFB9A99, 0xE31A1C, 0xFDBF6F, 0xFF7F00, 0xCAB2D6, 0x6A3D9A, 0xFFFF99, 0xB15928];

    // Which of Paired's colours matplotlib's get_cmap('Paired', n) has.
    [TestCase(1, new[] { 0 })]
    [TestCase(2, new[] { 0, 11 })]
    [TestCase(3, new[] { 0, 6, 11 })]
    [TestCase(5, new[] { 0, 3, 6, 9, 11 })]
    [TestCase(7, new[] { 0, 2, 4, 6, 8, 10, 11 })]
    [TestCase(12, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 })]
    [TestCase(13, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 })]
    public void The_first_colours_are_those_of_Paired(int count, int[] expected)
    {
        var colours = ClassColours.For(count).Take(12).Select(colour => (uint)colour & 0xFFFFFF);
        Assert.That(colours, Is.EqualTo(expected.Select(index => Paired[index])));
    }

    [Test]
    public void No_two_colours_are_equal([Values(1, 2, 7, 11, 12, 13, 14, 40, 1000)] int count)
    {
        var colours = ClassColours.For(count);
        Assert.That(colours, Has.Length.EqualTo(count).And.Unique);
        Assert.That(colours.Select(colour => colour.Alpha), Is.All.EqualTo(255));
    }

    [Test]
    public void Forty_colours_can_be_told_apart()
    {
        var colours = ClassColours.For(40);
        var least = colours.SelectMany((first, index) => colours.Skip(index + 1).Select(second => LevelsApart(first, second))).Min();
        Assert.That(least, Is.GreaterThan(40));
    }

    [Test]
    public void Further_classes_leave_the_colours_before_them_alone() =>
        Assert.That(ClassColours.For(60).Take(40), Is.EqualTo(ClassColours.For(40)));

    private static int LevelsApart(SKColor first, SKColor second) =>
        Math.Abs(first.Red - second.Red) + Math.Abs(first.Green - second.Green) + Math.Abs(first.Blue - second.Blue);
}
