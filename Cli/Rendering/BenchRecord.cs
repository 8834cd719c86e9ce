using System.Text.Json.Serialization;

namespace Gpu.Cli.Rendering;

/// <summary>
/// A measured workload: what ran, what it was run on, and how long it took. Times are milliseconds of one run of the whole batch, from
/// the input in the host's memory to the logits there: copies to and from the device included, loading, compilation and planning not.
/// </summary>
internal sealed record BenchRecord
{
    public string Schema { get; init; } = Schemas.Bench;

    /// <summary><c>classify</c> where the network answers at one position, <c>dense</c> where it does at more.</summary>
    public required string Workload { get; init; }

    public required string Network { get; init; }

    public required long Parameters { get; init; }

    public required int Batch { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required string Device { get; init; }

    public required string Precision { get; init; }

    /// <summary>Of the CPU; null of other devices.</summary>
    public required int? Threads { get; init; }

    public required int Runs { get; init; }

    public required double MedianMs { get; init; }

    public required double MinMs { get; init; }

    public required double P95Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>Median of runs on an input that is on the device and whose logits stay there: what is left of the time without copies.</summary>
    public required double NetworkMs { get; init; }

    /// <summary>Distance between the quartiles as a share of the median.</summary>
    public required double Spread { get; init; }

    public required double ImagesPerSecond { get; init; }

    /// <summary>Of the direct algorithm's flops in the median time; an algorithm that needs fewer may exceed the device's peak.</summary>
    public required double Gflops { get; init; }

    /// <summary>What the device reached at the most in multiply-adds of this precision, or null where that is not known.</summary>
    public required double? PeakGflops { get; init; }

    public double? PercentOfPeak => 100 * Gflops / PeakGflops;

    /// <summary>Of the logits against float64; null where they were not compared.</summary>
    public required double? RelativeL2 { get; init; }

    /// <summary>Share of the positions at which the best class is that of float64; null where they were not compared.</summary>
    public required double? Top1Agreement { get; init; }

    /// <summary>Inputs of the batch that were compared.</summary>
    public required int Checked { get; init; }

    /// <summary>What else used the machine meanwhile, or null.</summary>
    public required string? Disturbance { get; init; }

    /// <summary>The first run of the workload, which compiles kernels and allocates.</summary>
    public required double FirstMs { get; init; }

    /// <summary>From the checkpoint to a model that is ready; the same for all workloads that share it.</summary>
    public required double LoadMs { get; init; }

    /// <summary>Each run, in order.</summary>
    public required IReadOnlyList<double> SamplesMs { get; init; }

    /// <summary>When it began.</summary>
    public required DateTime Time { get; init; }

    public string Version { get; init; } = ProgramVersion.Number;

    public string? Commit { get; init; } = ProgramVersion.Commit;

    public required string DeviceName { get; init; }

    /// <summary>Driver and version; of the CPU the instructions and threads.</summary>
    public required string Driver { get; init; }

    /// <summary>Processor, and how many of them.</summary>
    public required string Machine { get; init; }

    public required string Runtime { get; init; }

    public required string OperatingSystem { get; init; }

    /// <summary>By what records of the same workload are found.</summary>
    [JsonIgnore]
    public string Key => $"{Network} {Batch} x {Height}x{Width}, {Device}, {Precision}{(Threads is { } threads ? $", {threads} threads" : string.Empty)}";
}
