using Gpu.Engine.Networks;
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

/// <summary>
/// Labels one picture, in one run of the network or, where that takes more memory than there is, in windows one after the other:
/// the map is the same. Runs inside <see cref="Device.Enter"/>.
/// </summary>
internal sealed class DenseLabelling
{
    private readonly PreparedNetwork prepared;
    private readonly PlanCache plans;
    private readonly IReadOnlyList<ClassLabel> labels;
    private readonly VggOptions options;
    private readonly RgbImage image;
    private readonly LabelOptions request;
    private readonly DenseGeometry geometry;

    /// <summary>Checks the picture's size.</summary>
    /// <exception cref="ArgumentException">The picture is too small; the message says what is possible.</exception>
    public DenseLabelling(
        PreparedNetwork prepared, PlanCache plans, IReadOnlyList<ClassLabel> labels, VggOptions options, RgbImage image, LabelOptions request)
    {
        this.prepared = prepared;
        this.plans = plans;
        this.labels = labels;
        this.options = options;
        this.image = image;
        this.request = request;
        geometry = prepared.Network.DenseGeometry(request.Padding);
        if (Math.Min(image.Width, image.Height) < geometry.MinimumSide)
        {
            throw new ArgumentException(
                $"A picture of {image.Width}x{image.Height} is too small to be labelled with {request.Padding} padding, which needs at least "
                + $"{geometry.MinimumSide}x{geometry.MinimumSide} pixels{(request.Padding == Padding.Valid ? "; SAME padding labels smaller ones" : string.Empty)}.");
        }
    }

    /// <summary>Runs the network.</summary>
    /// <exception cref="DeviceException">The memory is not even enough for the smallest windows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public LabelMap Run(CancellationToken cancellationToken)
    {
        var windows = Windows();
        var input = prepared.Device.PixelSampling is null ? new float[windows.Max(w => Key(w).Input.Elements)] : [];
        var (rows, columns) = (geometry.Cells(image.Height), geometry.Cells(image.Width));
        var (indices, confidence) = (new int[rows * columns], new float[rows * columns]);
        ushort[]? pixels = null;
        PlanKey? previous = null;
        for (var done = 0; done < windows.Count; done++)
        {
            request.Progress?.Report((double)done / windows.Count);
            var (window, key) = (windows[done], Key(windows[done]));
            if (previous is not null && previous != key)
            {
                plans.Clear();
            }

            previous = key;
            var map = Run(window, key, input, plan =>
            {
                pixels = request.FullResolution ? LabelPixels(plan.Logits) : null;
                return plan.ReadScores();
            }, cancellationToken);
            Place(map, window, indices, confidence, columns);
        }

        request.Progress?.Report(1);
        return new LabelMap(
            image.Width,
            image.Height,
            geometry.Stride,
            geometry.Offset,
            new ClassMap(rows, columns, indices, labels),
            confidence,
            pixels is null ? null : new ClassMap(image.Height, image.Width, Array.ConvertAll(pixels, l => (int)l), labels));
    }

    /// <summary>Runs a window on an input that the device makes of its pixels or, where it does not, the host in memory for that.</summary>
    private ClassScore[] Run(Window window, PlanKey key, float[] memory, Func<Plan, ClassScore[]> read, CancellationToken cancellationToken)
    {
        var (top, left, height, width) = (window.Vertical.FirstPixel, window.Horizontal.FirstPixel, key.Input.Height, key.Input.Width);
        var normalization = prepared.Network.Profile.Normalization;
        if (prepared.Device.PixelSampling is not null)
        {
            var pixels = PixelRegion.Gather(key.Input, [PixelRegion.Window(image, top, left, height, width)], new ParallelOptions());
            return plans.Run(key, new PixelsInput(pixels, NetworkInput.Scaling(normalization)), ranked: 1, read, cancellationToken);
        }

        var values = memory.AsSpan(0, (int)key.Input.Elements);
        NetworkInput.Window(image, top, left, height, width, values, normalization);
        return plans.Run(key, new ValuesInput(values), ranked: 1, read, cancellationToken);
    }

    /// <summary>Copies the cells that a window decides to the whole map.</summary>
    private void Place(ClassScore[] scores, Window window, int[] indices, float[] confidence, int columns)
    {
        var (vertical, horizontal) = (window.Vertical, window.Horizontal);
        var width = geometry.Cells(horizontal.Pixels);
        for (var row = 0; row < vertical.Cells; row++)
        {
            for (var column = 0; column < horizontal.Cells; column++)
            {
                var score = scores[((vertical.SeamCells + row) * width) + horizontal.SeamCells + column];
                var cell = ((vertical.FirstCell + row) * columns) + horizontal.FirstCell + column;
                (indices[cell], confidence[cell]) = (score.Index, score.Probability);
            }
        }
    }

    /// <summary>The whole picture if that fits, else the largest squares that do.</summary>
    private List<Window> Windows()
    {
        var longest = Math.Max(image.Height, image.Width);
        var whole = Bytes(longest);
        if (HasRoom(whole))
        {
            return Cut(longest);
        }

        // What earlier runs and the decoder left behind.
        plans.Clear();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (HasRoom(whole))
        {
            return Cut(longest);
        }

        // Sides that are worth trying differ by the stretches' alignment.
        var shortest = WindowSpan.MinimumLength(geometry);
        var (low, high) = (0, (longest - shortest) / WindowSpan.Alignment);
        var smallest = request.FullResolution || longest <= shortest ? whole : Bytes(shortest);
        if (smallest == whole || !HasRoom(smallest))
        {
            throw new DeviceException(
                $"{(request.FullResolution ? "Labels for every pixel" : "Labels")} of {image.Width}x{image.Height} need {DeviceMemory.Format(smallest)} at once beside the "
                + $"weights and the picture, and {DeviceMemory.Format(Room())} are left; allow more memory, or scale the picture down.");
        }

        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Bytes(shortest + (middle * WindowSpan.Alignment)) <= Room() ? (middle, high) : (low, middle - 1);
        }

        return Cut(shortest + (low * WindowSpan.Alignment));
    }

    private bool HasRoom(long bytes) => LabellingMemory.HasRoom(prepared, options.MaximumMemory, bytes);

    /// <summary>What is left now, beside the parameters of the windows whose bytes were asked for.</summary>
    private long Room() => LabellingMemory.Room(prepared, options.MaximumMemory);

    /// <summary>Windows of a greatest side, equal shapes behind each other.</summary>
    private List<Window> Cut(int length) =>
    [
        .. WindowSpan.Cut(image.Height, length, geometry)
            .SelectMany(v => WindowSpan.Cut(image.Width, length, geometry).Select(h => new Window(v, h)))
            .GroupBy(w => (w.Vertical.Pixels, w.Horizontal.Pixels))
            .SelectMany(group => group),
    ];

    /// <summary>What a run takes of windows of a greatest side: input, activations and scores.</summary>
    private long Bytes(int length)
    {
        var key = Key(Math.Min(length, image.Height), Math.Min(length, image.Width));
        return plans.BytesFor(key) + (sizeof(float) * key.Input.Elements) + (request.FullResolution ? LabellingMemory.PixelLabelBytes(image) : 0);
    }

    private PlanKey Key(Window window) => Key(window.Vertical.Pixels, window.Horizontal.Pixels);

    private PlanKey Key(int height, int width) =>
        new(new Shape(1, height, width, VggArchitecture.InputChannels), request.Padding);

    private ushort[] LabelPixels(Tensor logits)
    {
        var pixels = new ushort[image.Width * image.Height];
        using var upsampling = prepared.Device.CreateUpsampledArgMax(
            logits.Shape, new UpsamplingGrid(image.Height, image.Width, geometry.Stride, geometry.Offset));
        upsampling.Run(logits, pixels);
        return pixels;
    }

    /// <summary>A rectangle of the picture that is run by itself.</summary>
    private readonly record struct Window(WindowSpan Vertical, WindowSpan Horizontal);
}
