using Gpu.Engine.Networks;
using Gpu.Engine.Plans;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Plans;

internal sealed class WindowSpanTests
{
    /// <summary>VGG-16: convolutions reach 90 pixels, fc6 three cells further.</summary>
    private static readonly DenseGeometry Valid = new(Stride: 32, Offset: 96, MinimumSide: 224, Context: 186);

    private static readonly DenseGeometry Same = new(Stride: 32, Offset: 0, MinimumSide: 32, Context: 186);

    /// <summary>VGG-19: convolutions reach 118 pixels.</summary>
    private static readonly DenseGeometry Deep = new(Stride: 32, Offset: 96, MinimumSide: 224, Context: 214);

    private static IEnumerable<TestCaseData> Sides =>
        from geometry in new[] { Valid, Same, Deep }
        from side in Enumerable.Range(0, 24).Select(i => 224 + (i * 109))
        from length in new[] { 700, 800, 961, 1536 }
        select new TestCaseData(geometry, side, length);

    [TestCaseSource(nameof(Sides))]
    public void Stretches_decide_every_cell_once_and_see_all_that_the_network_sees(DenseGeometry geometry, int side, int length)
    {
        var next = 0;
        foreach (var span in WindowSpan.Cut(side, length, geometry))
        {
            Assert.That(span.FirstCell, Is.EqualTo(next));
            Assert.That(span.Cells, Is.Positive);
            Assert.That(span.FirstPixel % WindowSpan.Alignment, Is.Zero);
            Assert.That(span.Pixels, Is.LessThanOrEqualTo(length));
            Assert.That(span.SeamCells + span.Cells, Is.LessThanOrEqualTo(geometry.Cells(span.Pixels)));

            // The cells' own pixels, in the whole picture and by the stretch's own map.
            var first = geometry.Offset + (geometry.Stride * span.FirstCell);
            Assert.That(span.FirstPixel + geometry.Offset + (geometry.Stride * span.SeamCells), Is.EqualTo(first));
            var end = first + (geometry.Stride * span.Cells);
            Assert.That(span.FirstPixel == 0 || first - geometry.Context >= span.FirstPixel);
            Assert.That(span.FirstPixel + span.Pixels == side || end + geometry.Context <= span.FirstPixel + span.Pixels);
            next += span.Cells;
        }

        Assert.That(next, Is.EqualTo(geometry.Cells(side)));
    }

    [Test]
    public void A_side_that_fits_is_not_cut() =>
        Assert.That(WindowSpan.Cut(768, 800, Valid), Is.EqualTo(new[] { new WindowSpan(0, 768, 0, 0, 18) }));

    [Test]
    public void All_stretches_but_the_last_have_the_greatest_length() =>
        Assert.That(WindowSpan.Cut(9000, 1536, Valid).SkipLast(1).Select(s => s.Pixels), Is.All.EqualTo(1536));
}
