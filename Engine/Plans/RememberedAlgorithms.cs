using System.Reflection;
using System.Text.Json;
using Gpu.Kernels.Devices;
using Gpu.Loader.Checkpoints;

namespace Gpu.Engine.Plans;

/// <summary>
/// The fastest algorithms by measurement, kept in a file for later runs: for each device with its driver and version of this library,
/// the algorithm of each layer's shape. A file that cannot be read counts as none.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="device">The device that they are for.</param>
internal sealed class RememberedAlgorithms(string path, DeviceInfo device)
{
    private const long MaximumFileLength = 16 << 20;

    private static readonly string Version =
        typeof(RememberedAlgorithms).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;

    private readonly string key = $"{device.Kind} {device.Name}, {device.Driver}, {Version}";
    private readonly Lock gate = new();
    private Dictionary<string, Dictionary<string, string>>? devices;

    /// <summary>The file in the user's folder.</summary>
    public static string DefaultPath => Path.Combine(WeightsCache.Folder, "algorithms.json");

    /// <summary>The algorithm of a shape, or null if none was measured.</summary>
    public string? Find(string shape)
    {
        lock (gate)
        {
            devices ??= Read();
            return devices.GetValueOrDefault(key)?.GetValueOrDefault(shape);
        }
    }

    /// <summary>Adds an algorithm to the file, where others may have added theirs meanwhile.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public void Add(string shape, string algorithm)
    {
        lock (gate)
        {
            devices = Read();
            devices.TryAdd(key, []);
            devices[key][shape] = algorithm;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, devices, JsonSerializerOptions.Web));
        }
    }

    private Dictionary<string, Dictionary<string, string>> Read()
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= MaximumFileLength
                ? JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(File.ReadAllText(path)) ?? []
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
