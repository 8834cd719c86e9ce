using System.Diagnostics;
using Gpu.Engine.Plans;
using Gpu.Engine.Preprocessing;
using Gpu.Engine.Results;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;
using Gpu.Loader.Networks;

namespace Gpu.Engine;

/// <summary>Classifies the crops of pictures: preprocessing, a run of the network, and what its classes are called. Safe for use by several threads.</summary>
/// <param name="prepared">The network on its device.</param>
/// <param name="plans">Its plans.</param>
/// <param name="options">How pictures are cropped, and the threads for it.</param>
/// <param name="labels">A label for every class.</param>
internal sealed class Classifier(PreparedNetwork prepared, PlanCache plans, VggOptions options, IReadOnlyList<ClassLabel> labels)
{
    private long lastResults;

    /// <summary>The plan for so many pictures.</summary>
    public PlanKey KeyOf(int batch) => new(
        new Shape(batch, options.Preprocessing.Crop, options.Preprocessing.Crop, VggArchitecture.InputChannels),
        Padding.Valid);

    /// <summary>Classifies pictures in one run; the time is that of preprocessing and network, without that of waiting for the device.</summary>
    public (IReadOnlyList<IReadOnlyList<Prediction>> Predictions, TimeSpan Elapsed) Run(
        IReadOnlyList<RgbImage> images, int top, CancellationToken cancellationToken)
    {
        if (images.Count == 0)
        {
            return ([], TimeSpan.Zero);
        }

        var start = Stopwatch.GetTimestamp();
        var count = Math.Clamp(top, 1, labels.Count);
        var key = KeyOf(images.Count);
        var threads = new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? -1, CancellationToken = cancellationToken };
        var pixels = prepared.Device.PixelSampling is null ? null : CropPixels(images, key.Input, threads);
        float[] values = pixels is null ? Crops(images, key.Input, threads) : [];
        var preprocessing = Stopwatch.GetElapsedTime(start);

        // A larger crop gives several positions, whose logits are averaged.
        var ranked = options.Preprocessing.Crop == PreprocessingOptions.CropSize ? count : 0;
        Func<ClassScore[]> BeginRead(Plan plan)
        {
            if (ranked > 0)
            {
                return plan.BeginReadScores();
            }

            var scores = AveragedLogits.Rank(plan.ReadLogits(), plan.Logits.Shape, count);
            return () => scores;
        }

        // Only queueing needs the device's lock: while this run's results are waited for, the next is queued behind it.
        Func<ClassScore[]> results;
        using (prepared.Device.Enter())
        {
            start = Stopwatch.GetTimestamp();
            results = pixels is null
                ? plans.Run(key, new ValuesInput(values), ranked, BeginRead, cancellationToken)
                : plans.Run(key, pixels, ranked, BeginRead, cancellationToken);
        }

        var scores = results();
        var network = Stopwatch.GetElapsedTime(WhenBegun(start));
        return ([.. scores.Chunk(count).Select(IReadOnlyList<Prediction> (chunk) =>
            [.. chunk.Select((score, i) => new Prediction(i + 1, labels[score.Index], score.Probability, score.Logit))])], preprocessing + network);
    }

    /// <summary>When a run whose results are there began: one that was queued behind another began when that was done.</summary>
    private long WhenBegun(long queued)
    {
        var previous = Interlocked.Exchange(ref lastResults, Stopwatch.GetTimestamp());
        return prepared.Device.Info.Kind == DeviceKind.Cpu ? queued : Math.Max(queued, previous);
    }

    /// <summary>The inputs of pictures.</summary>
    private float[] Crops(IReadOnlyList<RgbImage> images, Shape input, ParallelOptions threads)
    {
        var values = new float[input.Elements];
        var length = options.Preprocessing.CropLength;
        Parallel.For(0, images.Count, threads, i => NetworkInput.Crop(images[i], values.AsSpan(i * length, length), options.Preprocessing, prepared.Network.Profile.Normalization));
        return values;
    }

    /// <summary>The pixels that the device makes the inputs of pictures of.</summary>
    private PixelsInput CropPixels(IReadOnlyList<RgbImage> images, Shape input, ParallelOptions threads) => new(
        PixelRegion.Gather(input, [.. images.Select(i => PixelRegion.Crop(i, options.Preprocessing))], threads), NetworkInput.Scaling(prepared.Network.Profile.Normalization));
}
