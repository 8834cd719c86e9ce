using System.Text.Json;
using Gpu.Kernels.Devices;
using Gpu.Loader.Checkpoints;

namespace Gpu.Cli.Laboratory;

/// <summary>
/// The measured limits of devices, kept in a file beside the remembered algorithms: for each device with its driver and version of
/// this program. A file that cannot be read counts as none.
/// </summary>
internal static class RememberedRoofs
{
    private const long MaximumFileLength = 1 << 20;

    /// <summary>The file in the user's folder.</summary>
    public static string DefaultPath => Path.Combine(WeightsCache.Folder, "roofs.json");

    /// <summary>The limits of a device: as remembered, else measured, and kept unless something disturbed that.</summary>
    /// <param name="device">The device; not entered.</param>
    /// <param name="measure">Whether to measure even what is remembered.</param>
    /// <param name="notices">Told that something is measured.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static DeviceRoofs Of(Device device, bool measure, TextWriter notices, CancellationToken cancellationToken)
    {
        var key = $"{device.Info.Kind} {device.Info.Name}, {device.Info.Driver}, {ProgramVersion.Full}";
        if (!measure && Read().TryGetValue(key, out var known))
        {
            return new DeviceRoofs(known);
        }

        notices.WriteLine($"Measuring the roofs of {device.Info.Id} once, for '{DefaultPath}'.");
        var load = new MachineLoad();
        var roofs = Measure(device, cancellationToken);
        if (load.Disturbance() is { } disturbance)
        {
            // Another time the machine may be quiet, and what is kept counts for long.
            notices.WriteLine($"They are too low and not kept: {disturbance}.");
            return roofs;
        }

        var all = Read();
        all[key] = roofs.Items;
        try
        {
            Directory.CreateDirectory(WeightsCache.Folder);
            AtomicFile.Write(DefaultPath, stream => JsonSerializer.Serialize(stream, all, JsonSerializerOptions.Web));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CheckpointException)
        {
            notices.WriteLine($"They cannot be kept ({exception.Message.TrimEnd('.')}).");
        }

        return roofs;
    }

    private static DeviceRoofs Measure(Device device, CancellationToken cancellationToken)
    {
        using var scope = device.Enter();
        return device.MeasureRoofs(cancellationToken);
    }

    private static Dictionary<string, IReadOnlyList<Roof>> Read()
    {
        try
        {
            return File.Exists(DefaultPath) && new FileInfo(DefaultPath).Length <= MaximumFileLength
                ? JsonSerializer.Deserialize<Dictionary<string, IReadOnlyList<Roof>>>(File.ReadAllText(DefaultPath), JsonSerializerOptions.Web) ?? []
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
