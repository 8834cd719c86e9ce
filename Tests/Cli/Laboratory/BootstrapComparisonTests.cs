using Gpu.Cli.Laboratory;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Laboratory;

internal sealed class BootstrapComparisonTests
{
    [Test]
    public void The_interval_holds_the_true_ratio_about_as_often_as_it_says()
    {
        var random = new Random(5);
        var hits = Enumerable.Range(0, 60).Count(_ =>
        {
            var comparison = BootstrapComparison.Of(Times(random, 100, 40), Times(random, 110, 40));
            return comparison.Low <= 1.1 && comparison.High >= 1.1;
        });
        Assert.That(hits, Is.InRange(52, 60));
    }

    [Test]
    public void A_change_beyond_the_noise_is_one_and_noise_is_none()
    {
        var random = new Random(1);
        var before = Times(random, 100, 30);
        Assert.Multiple(() =>
        {
            Assert.That(BootstrapComparison.Of(before, [.. before.Select(t => t * 1.2)]).IsChange);
            Assert.That(BootstrapComparison.Of(before, [.. before.Select(t => t / 1.2)]).High, Is.LessThan(1));
            Assert.That(BootstrapComparison.Of(before, [.. before.Reverse()]).IsChange, Is.False);
            Assert.That(BootstrapComparison.Of([100], [200]), Is.EqualTo(new BootstrapComparison(2, 2, 2)));
        });
    }

    [Test]
    public void Statistics_are_those_of_the_definitions()
    {
        var statistics = new SampleStatistics([4, 1, 3, 2]);
        Assert.That(
            (statistics.Minimum, statistics.Maximum, statistics.Median, statistics.Quantile(0.95), statistics.Quantile(0.5), statistics.Spread),
            Is.EqualTo((1.0, 4.0, 2.5, 4.0, 2.0, (3.0 - 1.0) / 2.5)));
        Assert.That(() => new SampleStatistics([]), Throws.ArgumentException);
    }

    /// <summary>Times around a median, with a long tail as of a disturbed machine.</summary>
    private static double[] Times(Random random, double median, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => median * (1 + ((random.NextDouble() - 0.5) * 0.1) + (random.NextDouble() < 0.05 ? 0.5 : 0)))];
}
