using Gpu.Kernels.Devices;
using Gpu.Loader.Images;

namespace Gpu.Engine.Plans;

/// <summary>How much memory there is for labelling a picture, and what labels take.</summary>
internal static class LabellingMemory
{
    /// <summary>Of the device's memory where no limit was set: the rest is for others.</summary>
    private const double DefaultShare = 0.75;

    /// <summary>What a first run takes on the CPU besides: compiled code, threads' stacks, scores; 40 to 60 MB were measured.</summary>
    private const long FirstRunBytes = 64 << 20;

    /// <summary>
    /// What a run may take. On the CPU the limit is the process's: what it occupies now, the picture and parameters included, is
    /// taken off. Elsewhere it is the device's, which holds the parameters, and what others left of it.
    /// </summary>
    public static long Room(PreparedNetwork prepared, long? maximum)
    {
        var info = prepared.Device.Info;
        var room = (maximum ?? (long)(DefaultShare * info.MemoryBytes)) - (info.Kind == DeviceKind.Cpu ? Environment.WorkingSet + FirstRunBytes : prepared.Bytes);
        return Math.Min(room, prepared.Device.AvailableBytes() ?? long.MaxValue);
    }

    /// <summary>A class for every pixel: as the device gives it, by class and by number in the map.</summary>
    public static long PixelLabelBytes(RgbImage image) => (sizeof(ushort) + (2 * sizeof(int))) * (long)image.Width * image.Height;
}
