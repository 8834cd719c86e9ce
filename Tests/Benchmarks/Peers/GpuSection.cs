using System.Globalization;

namespace Gpu.Benchmarks.Peers;

/// <summary>The part of docs/benchmarks.md that tells of a GPU.</summary>
internal static class GpuSection
{
    /// <summary>Formats the records of all kinds of GPU.</summary>
    public static string Format(IReadOnlyList<GpuRecords> devices) =>
        $"""
        ## On an NVIDIA GPU
        Written from `docs/benchmarks-gpu.json`, the results of `Tests/gpu-machine.sh` ([how to run it](gpu.md)).

        "Network" is the median of runs from an input on the device to logits there, waited for, as PyTorch is measured in the same script on the
        same GPU: eager and as a CUDA graph, NCHW and NHWC, with cuDNN's own choice of algorithms, and, but for the rows marked with a star,
        compiled by `torch.compile` (with cuDNN's convolutions, in a run of its own); the fastest counts. float32 and 3xtf32 are compared with
        PyTorch's strict float32, the others with the same precision. "With copies" is from an input in the host's memory to logits there.
        Errors are the relative L2 of the logits of one 224x224 input against float64.

        {string.Join("\n\n", devices.Select(Device))}
        """;

    private static string Device(GpuRecords records) =>
        $"""
        ### {records.Device.Split(',')[0]}
        {records.Driver}; {records.Machine}; {records.PyTorch}; {records.Time:yyyy-MM-dd}.

        {Workloads(records.Workloads)}

        Layers at batch {records.LayersBatch}; the device is idle before and after each, which the sum of the layers pays for and the table
        above does not.

        {Layers(records)}

        What the device can do:

        {Roofs(records.Roofs)}
        """;

    /// <summary>The short table of the README.</summary>
    public static string Short(GpuRecords records) => string.Join('\n',
    [
        $"| VGG-16 on an {records.Device} | ours | PyTorch with cuDNN | times faster |",
        "|---|---|---|---|",
        .. records.Workloads.Where(w => w.PytorchMs is not null && IsShort(w)).Select(w => Text(
            $"| {w.Precision}, {Size(w)} | {w.NetworkMs:F2} ms | {w.PytorchMs:F2} ms | {w.PytorchMs / w.NetworkMs:F1} |")),
    ]);

    private static bool IsShort(GpuWorkload workload) => (workload.Precision, workload.Batch, workload.Height) is
        ("fp16", 1 or 64, 224) or ("3xtf32", 1, 224) or ("tf32", 64, 224) or ("fp16", 1, 768);

    private static string Workloads(IReadOnlyList<GpuWorkload> workloads) => string.Join('\n',
    [
        "| precision | input | network, ms | images/s | with copies, ms | error | PyTorch, ms | its fastest | times faster |",
        "|---|---|---|---|---|---|---|---|---|",
        .. workloads.Select(w => Text(
            $"| {w.Precision} | {Size(w)} | {w.NetworkMs:F3} | {1000 * w.Batch / w.NetworkMs:F0} | {w.MedianMs:F3} | {Error(w)} | {Theirs(w)} |")),
    ]);

    private static string Theirs(GpuWorkload w) => w.PytorchMs is { } theirs ? Text($"{theirs:F3} | {w.PytorchVariant}{(w.IsPytorchCompiled ? string.Empty : " \\*")} | **{theirs / w.NetworkMs:F2}**") : "| |";

    private static string Error(GpuWorkload w) => w.RelativeL2 is { } error ? Text($"{error:0.0E+0}") : string.Empty;

    private static string Size(GpuWorkload w) => $"{w.Batch} x {w.Height}x{w.Width}";

    private static string Layers(GpuRecords records)
    {
        var precisions = records.Layers.Select(l => l.Precision).Distinct().ToList();
        return string.Join('\n',
        [
            $"| layer, TFLOP/s | {string.Join(" | ", precisions)} |",
            $"|---|{string.Concat(precisions.Select(_ => "---|"))}",
            .. records.Layers.GroupBy(l => l.Layer.Split('+')[0]).Where(g => !g.Key.StartsWith("pool", StringComparison.Ordinal) && g.Key != "softmax").Select(g =>
                $"| {g.Key.Split('/')[^1]} | {string.Join(" | ", precisions.Select(p => Cell(g.FirstOrDefault(l => l.Precision == p))))} |"),
        ]);
    }

    private static string Cell(GpuLayer? layer) => layer is null ? string.Empty : Text($"{layer.Gflops / 1000:F1} ({layer.Ms:F3} ms, `{layer.Algorithm}`)");

    private static string Roofs(IReadOnlyList<GpuRoof> roofs) => string.Join('\n',
    [
        "| roof | measured |",
        "|---|---|",
        .. roofs.Select(r => $"| {r.Name} | {Value(r)} |"),
    ]);

    private static string Value(GpuRoof roof) => roof.Unit switch
    {
        "flop/s" => Text($"{roof.Value / 1e12:F1} TFLOP/s"),
        "byte/s" => Text($"{roof.Value / 1e9:F1} GB/s"),
        "s" => Text($"{roof.Value * 1e6:F2} us"),
        _ => Text($"{roof.Value} {roof.Unit}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
