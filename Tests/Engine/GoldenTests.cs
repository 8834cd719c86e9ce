using Gpu.Engine;
using Gpu.Engine.Preprocessing;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;
using Gpu.Tests.Kernels;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Engine;

/// <summary>The bundled network against an independent implementation, on every device.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[TestFixture("cpu-avx512", Precision.Int20Weights)]
[TestFixture("cpu-avx2", Precision.Int20Weights)]
[TestFixture("cpu-avx512", Precision.BFloat16x3)]
internal sealed class GoldenTests(string deviceId, Precision precision)
{
    private const double LogitTolerance = 1e-4;

    private Checkpoint checkpoint = null!;
    private VggModel model = null!;

    public GoldenTests(string deviceId)
        : this(deviceId, Precision.Float32)
    {
    }

    [OneTimeSetUp]
    public void Load()
    {
        TestDevices.RequirePrecision(precision);
        var device = TestDevices.Open(deviceId);
        if (TestDevices.IsSlow(device))
        {
            Assert.Ignore("The simulator runs tiny shapes only.");
        }

        checkpoint = Checkpoint.Open(TestFiles.BundledCheckpoint);
        model = VggModel.Load(checkpoint, device, new VggOptions { Precision = precision, Labels = ClassLabels.Read(TestFiles.BundledLabels) });
    }

    [OneTimeTearDown]
    public void Unload()
    {
        model?.Dispose();
        checkpoint?.Dispose();
    }

    [TestCaseSource(typeof(GoldenData), nameof(GoldenData.Images))]
    public void Logits_match(GoldenImage golden)
    {
        var input = new float[NetworkInput.CropLength];
        NetworkInput.Crop(golden.Read(), input);
        var logits = model.Logits(new Shape(1, PreprocessingOptions.CropSize, PreprocessingOptions.CropSize, 3), input, Padding.Valid);
        Assert.That(RelativeError.L2(logits, golden.Logits), Is.LessThanOrEqualTo(LogitTolerance));
    }

    [TestCaseSource(typeof(GoldenData), nameof(GoldenData.Images))]
    public void Top_five_match(GoldenImage golden)
    {
        var predictions = model.Classify(golden.Read());
        Assert.Multiple(() =>
        {
            Assert.That(predictions.Select(p => p.Label.Name), Is.EqualTo(golden.Top5.Select(t => t.Name)));
            Assert.That(predictions.Select(p => p.Rank), Is.EqualTo(Enumerable.Range(1, 5)));
            Assert.That(predictions.Select(p => (double)p.Probability), Is.EqualTo(golden.Top5.Select(t => t.Probability)).Within(1e-4));
        });
    }

    [Test]
    public void A_batch_gives_the_answers_of_its_pictures()
    {
        var images = GoldenData.Images.Take(5).Select(c => ((GoldenImage)c.Arguments[0]!).Read()).ToList();
        var batch = model.Classify(images);
        for (var i = 0; i < images.Count; i++)
        {
            Assert.That(batch[i].Select(p => p.Label), Is.EqualTo(model.Classify(images[i]).Select(p => p.Label)));
        }
    }

    [Test]
    public void The_scenes_logits_and_map_match()
    {
        var golden = GoldenData.Scene;
        var image = GoldenScene.Read();
        var input = new float[image.Pixels.Length];
        NetworkInput.Whole(image, input);
        var shape = new Shape(1, image.Height, image.Width, 3);
        Assert.That(RelativeError.L2(model.Logits(shape, input, Padding.Valid), GoldenScene.Logits), Is.LessThanOrEqualTo(LogitTolerance));

        // The least gap between the two best logits of a cell is 0.0076, far above the tolerance: every cell must agree.
        var map = model.Label(image);
        Assert.Multiple(() =>
        {
            Assert.That((map.Cells.Rows, map.Cells.Columns), Is.EqualTo((golden.Rows, golden.Columns)));
            Assert.That((map.Stride, map.Offset), Is.EqualTo((32, 96)));
            Assert.That(map.Cells.Indices, Is.EqualTo(golden.Classes));
            Assert.That(map.Confidence.Select(c => (double)c), Is.EqualTo(golden.Confidence).Within(1e-4));
            Assert.That(map.Cells.Classes.Select(c => c.Label.Index), Is.EqualTo(golden.Classes.Distinct().Order()));
            Assert.That(map.Cells.Classes.Sum(c => c.Share), Is.EqualTo(1).Within(1e-12));
        });
    }

    [Test]
    public void Labels_at_the_pictures_resolution_agree_with_the_cells_at_their_centres()
    {
        var image = GoldenScene.Read();
        var map = model.Label(image, new LabelOptions { FullResolution = true });
        Assert.That((map.Pixels!.Rows, map.Pixels.Columns), Is.EqualTo((image.Height, image.Width)));
        for (var row = 0; row < map.Cells.Rows; row++)
        {
            for (var column = 0; column < map.Cells.Columns; column++)
            {
                // The four pixels around a cell's centre lie 1/64 of a cell from it.
                var (y, x) = (map.Offset + (row * 32) + 16, map.Offset + (column * 32) + 16);
                int[] around = [At(y - 1, x - 1), At(y - 1, x), At(y, x - 1), At(y, x)];
                Assert.That(around, Does.Contain(map.Cells.Indices[(row * map.Cells.Columns) + column]));
            }
        }

        int At(int y, int x) => map.Pixels.Indices[(y * image.Width) + x];
    }

    [TestCaseSource(typeof(GoldenData), nameof(GoldenData.Samples))]
    public void Samples_are_recognised(string file, string label) =>
        Assert.That(model.Classify(ImageFile.Read(TestFiles.Sample(file)), top: 1)[0].Label.Name, Is.EqualTo(label));
}
