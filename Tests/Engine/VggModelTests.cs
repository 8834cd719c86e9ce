using Gpu.Engine;
using Gpu.Engine.Networks;
using Gpu.Engine.Plans;
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

/// <summary>The facade that people embed, with the bundled network on the CPU.</summary>
internal sealed class VggModelTests
{
    private VggModel model = null!;

    private static VggOptions Options => new() { Device = "cpu", Labels = ClassLabels.Read(TestFiles.BundledLabels) };

    [OneTimeSetUp]
    public void Load() => model = VggModel.Load(TestFiles.BundledCheckpoint, Options);

    [OneTimeTearDown]
    public void Unload() => model.Dispose();

    [Test]
    public void It_says_what_it_is()
    {
        Assert.Multiple(() =>
        {
            Assert.That(model.Network, Is.EqualTo("VGG-16"));
            Assert.That(model.Parameters, Is.EqualTo(1_106_628));
            Assert.That(model.ParameterBytes + model.ParameterBytesInPlace, Is.GreaterThanOrEqualTo(4 * model.Parameters));
            Assert.That(model.ParameterBytesInPlace, Is.Positive, "fully connected layers");
            Assert.That(model.Device.Id, Is.EqualTo("cpu"));
            Assert.That(model.Labels, Has.Count.EqualTo(28));
        });
    }

    [TestCase(Precision.Float16Weights, 1e-5, 5e-4)]
    [TestCase(Precision.Int20Weights, 1e-7, 1e-5)]
    public void Rounded_weights_change_the_logits_by_their_rounding_alone(Precision precision, double least, double most)
    {
        using var rounded = VggModel.Load(TestFiles.BundledCheckpoint, Options with { Precision = precision });
        var input = new float[NetworkInput.CropLength];
        NetworkInput.Crop(Sample("sunflower.jpg"), input);
        var shape = new Shape(1, PreprocessingOptions.CropSize, PreprocessingOptions.CropSize, 3);
        var expected = Array.ConvertAll(model.Logits(shape, input, Padding.Valid), v => (double)v);
        Assert.That(RelativeError.L2(rounded.Logits(shape, input, Padding.Valid), expected), Is.InRange(least, most));
        Assert.That(rounded.ParameterBytesInPlace, Is.Zero);
    }

    [TestCase(Precision.Float16Weights, "float16; use precision float32, device cpu or an NVIDIA GPU")]
    [TestCase(Precision.Int20Weights, "integers of 20 bits; use precision float32 or device cpu.")]
    public void A_device_without_rounded_weights_says_so(Precision precision, string stored) =>
        Assert.That(
            () => VggModel.Load(TestFiles.BundledCheckpoint, Options with { Device = "simulator", Precision = precision }),
            Throws.InstanceOf<DeviceException>().With.Message.Contains($"simulator does not store weights as {stored}"));

    [TestCase("cpu", Precision.Float16, "Float16")]
    [TestCase("simulator", Precision.BFloat16, "BFloat16")]
    [TestCase("cpu", Precision.TensorFloat32x3, "TensorFloat32x3")]
    public void A_device_without_tensor_cores_says_what_has_them(string device, Precision precision, string name) =>
        Assert.That(
            () => VggModel.Load(TestFiles.BundledCheckpoint, Options with { Device = device, Precision = precision }),
            Throws.InstanceOf<DeviceException>().With.Message.EqualTo(
                $"Device {device} does not multiply in {name}; use precision float32 or an NVIDIA GPU of compute capability 8.0 or newer."));

    [TestCase(Precision.BFloat16x3)]
    [TestCase(Precision.BFloat16x3Float16Weights)]
    public void A_device_without_a_matrix_unit_says_what_has_one(Precision precision) =>
        Assert.That(
            () => VggModel.Load(TestFiles.BundledCheckpoint, Options with { Device = "simulator", Precision = precision }),
            Throws.InstanceOf<DeviceException>().With.Message.EqualTo(
                "Device simulator does not multiply in BFloat16x3; use precision float32 or device cpu of an Intel processor with AMX, under Linux."));

    [TestCase(Precision.BFloat16x3, 5e-5)]
    [TestCase(Precision.BFloat16x3Float16Weights, 5e-4)]
    public void A_matrix_unit_changes_the_logits_by_little(Precision precision, double tolerance)
    {
        TestDevices.RequirePrecision(precision);
        using var split = VggModel.Load(TestFiles.BundledCheckpoint, Options with { Precision = precision });
        var input = new float[NetworkInput.CropLength];
        NetworkInput.Crop(Sample("sunflower.jpg"), input);
        var shape = new Shape(1, PreprocessingOptions.CropSize, PreprocessingOptions.CropSize, 3);
        var expected = Array.ConvertAll(model.Logits(shape, input, Padding.Valid), v => (double)v);
        Assert.That(RelativeError.L2(split.Logits(shape, input, Padding.Valid), expected), Is.InRange(1e-6, tolerance));
        Assert.That(split.ParameterBytesInPlace, Is.Zero);
    }

    [Test]
    public void Eight_threads_share_a_model_and_get_the_same_bits()
    {
        var images = GoldenData.Samples.Select(s => ImageFile.Read(TestFiles.Sample((string)s.Arguments[0]!))).ToList();
        var scene = GoldenScene.Read();
        var expected = images.Select(i => model.Classify(i, top: 28)).ToList();
        var expectedMap = model.Label(scene);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 16 == 15)
            {
                var map = model.Label(scene);
                Assert.That(map.Cells.Indices, Is.EqualTo(expectedMap.Cells.Indices));
                Assert.That(map.Confidence, Is.EqualTo(expectedMap.Confidence));
            }
            else
            {
                Assert.That(model.Classify(images[i % images.Count], top: 28), Is.EqualTo(expected[i % images.Count]));
            }
        });
    }

    [Test]
    public void A_batch_whose_plan_was_used_for_other_pictures_has_no_memory_of_them()
    {
        var (first, second) = (Sample("laptop.jpg"), Sample("sunflower.jpg"));
        var before = model.Classify([first, second], top: 28);
        model.Classify([second, first]);
        Assert.That(model.Classify([first, second], top: 28)[0], Is.EqualTo(before[0]));
    }

    [TestCase(224, 224, Padding.Valid, 1, 1)]
    [TestCase(255, 287, Padding.Valid, 2, 1)]
    [TestCase(300, 500, Padding.Valid, 9, 3)]
    [TestCase(32, 32, Padding.Same, 1, 1)]
    [TestCase(95, 63, Padding.Same, 1, 2)]
    [TestCase(300, 200, Padding.Same, 6, 9)]
    public void Pictures_of_any_size_have_a_map(int width, int height, Padding padding, int rows, int columns)
    {
        var map = model.Label(Noise(width, height), new LabelOptions { Padding = padding, FullResolution = true });
        Assert.Multiple(() =>
        {
            Assert.That((map.Cells.Rows, map.Cells.Columns), Is.EqualTo((rows, columns)));
            Assert.That(map.Offset, Is.EqualTo(padding == Padding.Valid ? 96 : 0));
            Assert.That((map.Pixels!.Rows, map.Pixels.Columns), Is.EqualTo((height, width)));
            Assert.That(map.Confidence, Has.All.InRange(1f / 28, 1f));
            Assert.That(map.Cells.Classes.Select(c => c.Id), Is.EqualTo(Enumerable.Range(0, map.Cells.Classes.Count)));
            Assert.That(map.Cells.Ids.Select(id => map.Cells.Classes[id].Label.Index), Is.EqualTo(map.Cells.Indices));
        });
    }

    [TestCase(223, 300, Padding.Valid, "SAME")]
    [TestCase(31, 300, Padding.Same, "32x32")]
    public void Pictures_without_a_map_are_refused(int width, int height, Padding padding, string hint) =>
        Assert.That(
            () => model.Label(Noise(width, height), new LabelOptions { Padding = padding }),
            Throws.ArgumentException.With.Message.Contains($"{width}x{height}").And.Message.Contains(hint));

    [Test]
    public void A_cell_of_a_valid_map_is_the_classification_of_its_window()
    {
        var image = Noise(288, 256);
        var map = model.Label(image);
        var window = new byte[224 * 224 * 3];
        for (var y = 0; y < 224; y++)
        {
            image.Pixels.Span.Slice((((y + 32) * 288) + 64) * 3, 224 * 3).CopyTo(window.AsSpan(y * 224 * 3));
        }

        // SAME convolutions see the window's surroundings instead of zeros at its border, so the confidence differs a little.
        var alone = model.Label(new RgbImage(224, 224, window));
        Assert.That((map.Cells.Rows, map.Cells.Columns), Is.EqualTo((2, 3)));
        Assert.That(map.Confidence[(1 * 3) + 2], Is.EqualTo(alone.Confidence[0]).Within(0.2));
    }

    [TestCase(Padding.Valid)]
    [TestCase(Padding.Same)]
    public void A_picture_beyond_the_memory_is_labelled_in_windows_with_the_same_map(Padding padding)
    {
        var image = Noise(1613, 1402);
        var whole = model.Label(image, new LabelOptions { Padding = padding });

        // The whole takes 290 MB, the smallest windows 50: neither a garbage collection more or less, nor another test matters.
        const long room = 190 << 20;
        using var limited = VggModel.Load(TestFiles.BundledCheckpoint, Options with { MaximumMemory = Environment.WorkingSet + room });
        var progress = new ProgressList();
        var map = limited.Label(image, new LabelOptions { Padding = padding, Progress = progress });
        Assert.That(progress, Has.Count.GreaterThan(3).And.Ordered);
        Assert.That((progress[0], progress[^1]), Is.EqualTo((0, 1)));
        Assert.That((map.Cells.Rows, map.Cells.Columns), Is.EqualTo((whole.Cells.Rows, whole.Cells.Columns)));
        Assert.That(map.Cells.Indices, Is.EqualTo(whole.Cells.Indices));

        // Fully connected layers add up in another order where there are other numbers of cells.
        Assert.That(map.Confidence, Is.EqualTo(whole.Confidence).Within(1e-6));
    }

    [Test]
    public void A_memory_that_is_not_enough_for_any_window_is_refused_with_figures()
    {
        using var limited = VggModel.Load(TestFiles.BundledCheckpoint, Options with { MaximumMemory = 1 << 20 });
        var exception = Assert.Throws<DeviceException>(() => limited.Label(Noise(800, 700)))!;
        Assert.That(exception.Message, Does.Contain("800x700").And.Contain("allow more memory").And.Match("[1-9][0-9]* MB"));
    }

    [Test]
    public void A_plan_serves_any_number_of_classes_in_turn()
    {
        var image = Sample("laptop.jpg");
        var all = model.Classify(image, top: 28);
        var tops = new[] { 1, 5, 1, 28 };
        Assert.That(tops.Select(top => model.Classify(image, top)), Is.EqualTo(tops.Select(top => all.Take(top))));
    }

    [Test]
    public void Cancellation_stops_between_layers_and_leaves_the_model_usable()
    {
        using var source = new CancellationTokenSource();
        var seen = new List<string>();
        using var observed = VggModel.Load(TestFiles.BundledCheckpoint, Options with
        {
            LayerObserver = timing =>
            {
                seen.Add(timing.Layer);
                if (seen.Count == 3)
                {
                    source.Cancel();
                }
            },
        });
        var image = Sample("laptop.jpg");
        Assert.That(() => observed.Classify(image, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(seen, Is.EqualTo(new[] { "conv1/conv1_1", "conv1/conv1_2", "pool1" }));
        Assert.That(observed.Classify(image), Is.EqualTo(model.Classify(image)));
    }

    [Test]
    public void The_observer_sees_every_layer_with_its_cost()
    {
        var timings = new List<LayerTiming>();
        using var observed = VggModel.Load(TestFiles.BundledCheckpoint, Options with { LayerObserver = timings.Add });
        observed.Classify(Sample("laptop.jpg"));
        Assert.Multiple(() =>
        {
            Assert.That(timings.SelectMany(t => t.Layer.Split('+')).Count(), Is.EqualTo(22));
            Assert.That(timings.Select(t => t.Layer), Has.Some.EqualTo("conv5/conv5_3+pool5"));
            Assert.That(timings.Select(t => t.Algorithm), Has.All.Not.Empty);
            // conv1_1 of the thin network: 8 channels, 27 multiply-adds each.
            Assert.That(timings[0].Cost.Flops, Is.EqualTo(2L * 224 * 224 * 27 * 8));
            Assert.That(timings[^1].Layer, Is.EqualTo("softmax"));
        });
    }

    [Test]
    public async Task A_sequence_of_files_comes_back_in_order_with_errors_in_place()
    {
        var broken = Path.Combine(TestFiles.OutputFolder(), "broken.png");
        await File.WriteAllTextAsync(broken, "nothing");
        string[] paths = [TestFiles.Sample("laptop.jpg"), broken, TestFiles.Sample("airplane.jpg"), TestFiles.Sample("sunflower.jpg"), broken];
        var results = await model.ClassifyAsync(paths, batchSize: 2, top: 1).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(results.Select(r => r.Path), Is.EqualTo(paths));
            Assert.That(results.Select(r => r.Predictions.Count == 0 ? null : r.Predictions[0].Label.Name),
                Is.EqualTo(new[] { "laptop", null, "airplane", "sunflower", null }));
            Assert.That(results.Where(r => r.Error is not null).Select(r => r.Error), Has.All.Contain("broken.png"));
        });
    }

    [Test]
    public async Task A_sequence_of_files_is_labelled_in_order_with_errors_in_place()
    {
        var missing = Path.Combine(TestFiles.OutputFolder(), "missing.png");
        string[] paths = [TestFiles.Sample("airplane.jpg"), missing, TestFiles.Sample("scene_mosaic.png"), TestFiles.Sample("airplane.jpg")];
        var turn = 0;
        var results = await model.LabelAsync(
            paths, image => new LabelOptions { Padding = image.Height < 224 && turn++ == 0 ? Padding.Same : Padding.Valid }).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(results.Select(r => r.Path), Is.EqualTo(paths));
            Assert.That(results.Select(r => r.Map?.Cells.Indices.Count), Is.EqualTo(new int?[] { 5 * 13, null, 18 * 26, null }));
            Assert.That(results[1].Error, Does.Contain("missing.png"));
            Assert.That(results[3].Error, Does.Contain("airplane.jpg").And.Contain("224x224"));
            Assert.That(results[2].Map!.Cells.Indices, Is.EqualTo(model.Label(GoldenScene.Read()).Cells.Indices));
        });
    }

    [Test]
    public void A_crop_beyond_the_networks_own_averages_the_logits_of_its_positions()
    {
        var sizes = new PreprocessingOptions { ResizeSide = 320, Crop = 300 };
        using var wide = VggModel.Load(TestFiles.BundledCheckpoint, Options with { Preprocessing = sizes });
        RgbImage[] images = [Sample("sunflower.jpg"), Sample("laptop.jpg")];
        var results = wide.Classify(images, top: 28);
        foreach (var (image, predictions) in images.Zip(results))
        {
            var input = new float[sizes.CropLength];
            NetworkInput.Crop(image, input, sizes);
            var logits = model.Logits(new Shape(1, 300, 300, 3), input, Padding.Valid);
            Assert.That(logits, Has.Length.EqualTo(3 * 3 * 28));
            double[] means = [.. Enumerable.Range(0, 28).Select(c => Enumerable.Range(0, 9).Average(p => (double)logits[(p * 28) + c]))];
            var order = means.Index().OrderByDescending(m => m.Item).Select(m => m.Index);
            Assert.That(predictions.Select(p => p.Label.Index), Is.EqualTo(order));
            Assert.That(RelativeError.L2([.. predictions.OrderBy(p => p.Label.Index).Select(p => p.Logit)], means), Is.LessThan(1e-4));
            Assert.That(predictions.Sum(p => p.Probability), Is.EqualTo(1).Within(1e-5));
            Assert.That(predictions[0].Probability / predictions[1].Probability, Is.EqualTo(Math.Exp(predictions[0].Logit - predictions[1].Logit)).Within(1).Percent);
        }
    }

    [Test]
    public void The_largest_batch_is_a_power_of_two_that_fits()
    {
        using var small = VggModel.Load(TestFiles.BundledCheckpoint, Options with { MaximumMemory = 1 });
        Assert.That(small.LargestBatch(64), Is.EqualTo(1));
        Assert.That(model.LargestBatch(9), Is.EqualTo(8));
    }

    [Test]
    public async Task A_sequence_can_be_left_early_and_cancelled()
    {
        var paths = Enumerable.Repeat(TestFiles.Sample("laptop.jpg"), 1000);
        await foreach (var item in model.ClassifyAsync(paths))
        {
            Assert.That(item.Predictions, Is.Not.Empty);
            break;
        }

        using var source = new CancellationTokenSource();
        Assert.That(
            async () =>
            {
                await foreach (var item in model.ClassifyAsync(paths, cancellationToken: source.Token))
                {
                    await source.CancelAsync();
                }
            },
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Labels_must_be_as_many_as_classes() =>
        Assert.That(
            () => VggModel.Load(TestFiles.BundledCheckpoint, Options with { Labels = ClassLabels.ImageNet }),
            Throws.InstanceOf<NetworkException>().With.Message.Contains("28").And.Message.Contains("1000"));

    [Test]
    public void Without_labels_classes_are_numbered()
    {
        using var unnamed = VggModel.Load(TestFiles.BundledCheckpoint, new VggOptions { Device = "cpu" });
        Assert.That(unnamed.Labels[27], Is.EqualTo(new ClassLabel(27, null, "class 27")));
    }

    [Test]
    public void An_absent_device_is_an_error() =>
        Assert.That(
            () => VggModel.Load(TestFiles.BundledCheckpoint, Options with { Device = "cuda:77" }),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("cpu"));

    [Test]
    public void A_disposed_model_refuses()
    {
        var closed = VggModel.Load(TestFiles.BundledCheckpoint, Options);
        closed.Dispose();
        closed.Dispose();
        Assert.That(() => closed.Classify(Noise(9, 9)), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Checkpoint_and_device_given_stay_open()
    {
        using var checkpoint = Checkpoint.Open(TestFiles.BundledCheckpoint);
        using var device = DeviceCatalog.Open("cpu");
        VggModel.Load(checkpoint, device).Dispose();
        using var again = VggModel.Load(checkpoint, device);
        Assert.That(again.Classify(Noise(50, 50)), Has.Count.EqualTo(5));
    }

    private static RgbImage Sample(string name) => ImageFile.Read(TestFiles.Sample(name));

    private static RgbImage Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(width + height).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Unlike <see cref="Progress{T}"/> takes reports at once.</summary>
    private sealed class ProgressList : List<double>, IProgress<double>
    {
        public void Report(double value) => Add(value);
    }
}
