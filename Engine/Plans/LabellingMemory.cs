using Gpu.Kernels.Devices;
using Gpu.Loader.Images;

namespace Gpu.Engine.Plans;

/// <summary>How much memory there is for labelling a picture, and what labels take.</summary>
internal static class LabellingMemory
{
    /// <summary>Of the device's memory where no limit was set: the rest is for others.</summary>
    private const double DefaultShare = 0.75;

    /// <summary>
    /// What runs take on the CPU besides: compiled code, threads' stacks, and objects that the garbage collector has not yet been
    /// asked to collect; up to 100 MB were measured.
    /// </summary>
    private const long RunBytes = 100 << 20;

    /// <summary>
    /// What a run may take. On the CPU the limit is the process's: what it occupies now, the picture and the parameters of the plans made
    /// so far included, is taken off. Elsewhere it is the device's, which holds the parameters, and what others left of it.
    /// </summary>
    public static long Room(PreparedNetwork prepared, long? maximum)
    {
        var info = prepared.Device.Info;
        var limit = maximum ?? (long)(DefaultShare * info.MemoryBytes);
        return info.Kind == DeviceKind.Cpu
            ? limit - Environment.WorkingSet - RunBytes
            : Math.Min(limit - prepared.Bytes, prepared.Device.AvailableBytes() ?? long.MaxValue);
    }

    /// <summary>
    /// Whether a run may take so much. Where a limit was set and this seems so, parameters in the mapped file are made to occupy the memory
    /// that the run will occupy with them, before it is asked again.
    /// </summary>
    public static bool HasRoom(PreparedNetwork prepared, long? maximum, long bytes)
    {
        if (maximum is not null && bytes <= Room(prepared, maximum))
        {
            prepared.TouchInPlace();
        }

        return bytes <= Room(prepared, maximum);
    }

    /// <summary>A class for every pixel: as the device gives it, by class and by number in the map.</summary>
    public static long PixelLabelBytes(RgbImage image) => (sizeof(ushort) + (2 * sizeof(int))) * (long)image.Width * image.Height;
}
