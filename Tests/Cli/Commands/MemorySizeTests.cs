using Gpu.Cli.Commands;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class MemorySizeTests
{
    [TestCase("2G", 2L << 30)]
    [TestCase("1.5gb", 3L << 29)]
    [TestCase("800M", 800L << 20)]
    [TestCase("800 MiB", 800L << 20)]
    [TestCase("64k", 64L << 10)]
    [TestCase("1000000", 1_000_000)]
    [TestCase("1T", 1L << 40)]
    public void Amounts_are_read_as_people_write_them(string text, long bytes) => Assert.That(MemorySize.Parse(text), Is.EqualTo(bytes));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("G")]
    [TestCase("B")]
    [TestCase("-2G")]
    [TestCase("0")]
    [TestCase("2X")]
    [TestCase("2GG")]
    [TestCase("99999999999999999999T")]
    public void Anything_else_is_none(string? text) => Assert.That(MemorySize.Parse(text), Is.Null);
}
