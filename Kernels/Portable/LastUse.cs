namespace Gpu.Kernels.Portable;

/// <summary>
/// The last use of some memory by queued work. A copy that overwrites the memory waits for that alone, and not for all that is queued.
/// It lives as long as its device. Used inside <see cref="Devices.Device.Enter"/>.
/// </summary>
internal abstract class LastUse
{
    /// <summary>Takes what is queued up to now for the last use.</summary>
    public abstract void Mark();
}
