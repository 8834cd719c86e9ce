using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Kernels;

/// <summary>Softmax, top-k, argmax and upsampled argmax: what follows the logits.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
internal sealed class ClassificationHeadTests(string deviceId)
{
    private static readonly Shape[] Logits = [new(1, 1, 1, 1), new(3, 1, 1, 28), new(1, 3, 2, 37)];
    private static readonly Shape[] LargeLogits = [new(8, 1, 1, 1000), new(1, 18, 26, 1000)];

    private static IEnumerable<Shape> AllLogits => Logits.Concat(LargeLogits);

    [TestCaseSource(nameof(AllLogits))]
    public void Softmax_matches_float64(Shape shape)
    {
        var device = OpenFor(shape);
        using var scope = device.Enter();
        using var softmax = device.CreateSoftmax(shape);
        var logits = RandomArray.Uniform(shape.Elements, seed: 5, scale: 30f);
        var expected = ReferenceOperations.Softmax(Array.ConvertAll(logits, v => (double)v), shape.Channels);
        Assert.That(RelativeError.L2(OperationRunner.Run(device, softmax, logits), expected), Is.LessThanOrEqualTo(1e-6));
    }

    [Test]
    public void Softmax_survives_logits_whose_exponentials_overflow()
    {
        var device = TestDevices.Open(deviceId);
        using var scope = device.Enter();
        using var softmax = device.CreateSoftmax(new Shape(1, 1, 1, 3));
        Assert.That(OperationRunner.Run(device, softmax, [1000f, 1000f, -1000f]), Is.EqualTo(new[] { 0.5f, 0.5f, 0f }).Within(1e-6));
    }

    [TestCaseSource(nameof(AllLogits))]
    public void Top_k_ranks_by_logit_and_reports_probabilities(Shape shape)
    {
        var device = OpenFor(shape);
        using var scope = device.Enter();
        using var ranking = device.CreateTopK(shape, Math.Min(5, shape.Channels));
        CheckRanking(device, ranking, DistinctLogits(shape));
    }

    [TestCaseSource(nameof(AllLogits))]
    public void Argmax_finds_the_best_class_of_every_position(Shape shape)
    {
        var device = OpenFor(shape);
        using var scope = device.Enter();
        using var ranking = device.CreateArgMax(shape);
        CheckRanking(device, ranking, DistinctLogits(shape));
    }

    [Test]
    public void Equal_logits_rank_by_lowest_index()
    {
        var device = TestDevices.Open(deviceId);
        using var scope = device.Enter();
        var shape = new Shape(1, 1, 2, 70);
        var logits = new float[shape.Elements];
        Array.Fill(logits, -2f);
        logits[69] = logits[40] = logits[7] = 3f;
        logits[70 + 68] = logits[70 + 3] = 1f;
        using var top = device.CreateTopK(shape, 4);
        using var best = device.CreateArgMax(shape);
        CheckRanking(device, top, logits);
        CheckRanking(device, best, logits);
    }

    [TestCase(9, 7, 4, 0, 11)]
    [TestCase(40, 45, 8, 12, 28)]
    public void Upsampled_argmax_labels_every_pixel(int height, int width, int stride, int offset, int classes)
    {
        var device = TestDevices.Open(deviceId);
        using var scope = device.Enter();
        CheckUpsampling(device, new Shape(1, 2, 3, classes), new UpsamplingGrid(height, width, stride, offset));
    }

    [Test]
    public void Upsampled_argmax_labels_a_picture()
    {
        var device = OpenFor(new Shape(1, 200, 300, 100));
        using var scope = device.Enter();
        CheckUpsampling(device, new Shape(1, 4, 6, 1000), new UpsamplingGrid(321, 390, 32, 96));
    }

    private static void CheckUpsampling(Device device, Shape shape, UpsamplingGrid grid)
    {
        var logits = RandomArray.Uniform(shape.Elements, seed: 8);
        var reference = Array.ConvertAll(logits, v => (double)v);
        using var upsampling = device.CreateUpsampledArgMax(shape, grid);
        var (buffer, tensor) = OperationRunner.Upload(device, shape, logits);
        using (buffer)
        {
            var labels = new ushort[grid.Height * grid.Width];
            upsampling.Run(tensor, labels);
            for (var i = 0; i < labels.Length; i++)
            {
                var interpolated = ReferenceOperations.InterpolatedLogits(shape, reference, grid, i / grid.Width, i % grid.Width);
                // Float32 interpolation may swap classes whose logits differ by less than its rounding.
                Assert.That(interpolated[labels[i]], Is.GreaterThanOrEqualTo(interpolated.Max() - 1e-5), $"pixel {i % grid.Width},{i / grid.Width}");
            }
        }
    }

    private static void CheckRanking(Device device, ClassRanking ranking, float[] logits)
    {
        var shape = ranking.Logits;
        var probabilities = Array.ConvertAll(ReferenceOperations.Softmax(Array.ConvertAll(logits, v => (double)v), shape.Channels), v => (float)v);
        var (logitBuffer, logitTensor) = OperationRunner.Upload(device, shape, logits);
        var (probabilityBuffer, probabilityTensor) = OperationRunner.Upload(device, shape, probabilities);
        using (logitBuffer)
        using (probabilityBuffer)
        {
            var scores = new ClassScore[shape.Positions * ranking.Count];
            ranking.Run(logitTensor, probabilityTensor, scores);
            for (var position = 0; position < shape.Positions; position++)
            {
                var start = position * shape.Channels;
                var expected = ReferenceOperations.TopK(Array.ConvertAll(logits[start..(start + shape.Channels)], v => (double)v), ranking.Count)
                    .Select(c => new ClassScore(c, logits[start + c], probabilities[start + c]));
                Assert.That(scores.Skip(position * ranking.Count).Take(ranking.Count), Is.EqualTo(expected), $"position {position}");
            }
        }
    }

    private static float[] DistinctLogits(Shape shape) => RandomArray.Uniform(shape.Elements, seed: 6, scale: 10f);

    private Device OpenFor(Shape shape)
    {
        var device = TestDevices.Open(deviceId);
        if (TestDevices.IsSlow(device) && shape.Elements > 1000)
        {
            Assert.Ignore("The simulator runs tiny shapes only.");
        }

        return device;
    }
}
