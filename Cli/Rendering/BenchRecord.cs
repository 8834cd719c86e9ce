using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Gpu.Engine;
using Gpu.Engine.Plans;
using Gpu.Kernels.Tensors;

namespace Gpu.Cli.Rendering;

/// <summary>A measurement with what it was made on and of. Times are milliseconds of one run of the whole batch, from the input in memory to the logits.</summary>
internal sealed record BenchRecord
{
    /// <summary>Takes sorted times.</summary>
    public BenchRecord(VggModel model, VggOptions options, Shape input, double load, double first, double[] sorted, IReadOnlyList<LayerTiming> layers)
    {
        (Network, Parameters) = (model.Network, model.Parameters);
        (Device, DeviceName, Driver) = (model.Device.Id, model.Device.Name, model.Device.Driver);
        Precision = $"{options.Precision}";
        (Batch, Height, Width) = (input.Batch, input.Height, input.Width);
        Runs = sorted.Length;
        (LoadMs, FirstMs) = (load, first);
        (MinMs, MaxMs) = (sorted[0], sorted[^1]);
        MedianMs = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        Layers = layers.Count == 0 ? null : [.. layers.Select(l => new BenchLayer(l.Layer, l.Algorithm, l.Elapsed.TotalMilliseconds, l.GigaflopsPerSecond))];
    }

    public string Network { get; }

    public long Parameters { get; }

    public string Device { get; }

    public string DeviceName { get; }

    /// <summary>Driver, or instructions and threads.</summary>
    public string Driver { get; }

    public string Precision { get; }

    public int Batch { get; }

    public int Height { get; }

    public int Width { get; }

    public int Runs { get; }

    public double MedianMs { get; }

    public double MinMs { get; }

    public double MaxMs { get; }

    /// <summary>The first run, which compiles the kernels.</summary>
    public double FirstMs { get; }

    /// <summary>From the path of the checkpoint to a model that is ready.</summary>
    public double LoadMs { get; }

    public double ImagesPerSecond => 1000 * Batch / MedianMs;

    public string Version { get; } = ProgramVersion.Full;

    public string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    public string OperatingSystem { get; } = RuntimeInformation.OSDescription;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BenchLayer>? Layers { get; }
}

/// <summary>A layer's median.</summary>
internal sealed record BenchLayer(string Layer, string Algorithm, double MedianMs, double GigaflopsPerSecond);
