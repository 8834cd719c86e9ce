using Gpu.Kernels.Host;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

internal sealed class EvenPartsTests
{
    [TestCase(49, 6, 9)]
    [TestCase(14, 14, 1)]
    [TestCase(15, 14, 2)]
    [TestCase(1, 6, 1)]
    [TestCase(2_000_000_000, 1000, 2_000_000)]
    public void Parts_follow_each_other_and_differ_by_one_at_most(int length, int limit, int count)
    {
        var parts = EvenParts.OfAtMost(length, limit);
        var lengths = Enumerable.Range(0, parts.Count).Select(parts.LengthOf).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(parts.Count, Is.EqualTo(count));
            Assert.That(lengths.Sum(), Is.EqualTo(length));
            Assert.That(lengths.Max(), Is.LessThanOrEqualTo(limit).And.LessThanOrEqualTo(lengths.Min() + 1));
            Assert.That(parts.Start(0), Is.Zero);
        });
    }
}
