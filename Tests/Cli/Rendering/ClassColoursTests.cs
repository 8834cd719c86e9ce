using Gpu.Cli.Rendering;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

public sealed class ClassColoursTests
{
    [Test]
    public void The_first_colours_are_those_of_Okabe_and_Ito([Values(1, 3, 7, 30)] int count) => Assert.That(
        ClassColours.For(count).Take(7).Select(colour => (uint)colour & 0xFFFFFF),
        Is.EqualTo(new uint[] { 0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7 }.Take(count)));

    [TestCase(20, 0.07f)]
    [TestCase(40, 0.04f)]
    public void Colours_are_apart_for_every_kind_of_eyes(int count, float least)
    {
        var colours = ClassColours.For(count);
        Assert.That(colours.SelectMany((first, index) => colours.Skip(index + 1).Select(second => ClassColours.Separation(first, second))).Min(), Is.GreaterThan(least));
    }

    /// <summary>A dark red and a brown green differ by hue alone, which those without green receptors do not see.</summary>
    [Test]
    public void Red_and_green_of_one_lightness_are_near() =>
        Assert.That(ClassColours.Separation(new SKColor(0xFFC04040), new SKColor(0xFF708020)), Is.LessThan(0.1f));

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
        Assert.That(least, Is.GreaterThan(30));
    }

    [Test]
    public void Further_classes_leave_the_colours_before_them_alone() =>
        Assert.That(ClassColours.For(60).Take(40), Is.EqualTo(ClassColours.For(40)));

    private static int LevelsApart(SKColor first, SKColor second) =>
        Math.Abs(first.Red - second.Red) + Math.Abs(first.Green - second.Green) + Math.Abs(first.Blue - second.Blue);
}
