using Gpu.Kernels.Portable;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>What was made by calls of the driver, to be released in the opposite order.</summary>
internal sealed class OwnedHandles : IDisposable
{
    private readonly Stack<Action> releases = [];

    /// <summary>Takes over what was made.</summary>
    public T Own<T>(T made, Action<T> release)
    {
        releases.Push(() => release(made));
        return made;
    }

    public void Dispose()
    {
        while (releases.TryPop(out var release))
        {
            AcceleratorDevice.Release(release);
        }
    }
}
