using Gpu.Kernels.Devices;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using NUnit.Framework;

namespace Gpu.Tests.OpenCL;

/// <summary>Wrong kernels, one bug each, with which sanitize.sh shows that oclgrind would report a bug in a right one. Never run otherwise.</summary>
[TestFixture]
[Explicit("Has bugs on purpose; sanitize.sh runs it.")]
[Category("seeded-bug")]
internal sealed class SeededBugs
{
    private const int Threads = 8;

    [Test]
    public void Missing_barrier() => Launch(WithoutBarrier, Threads);

    [Test]
    public void Write_out_of_bounds() => Launch(OutOfBounds, Threads);

    [Test]
    public void Uninitialised_read() => Launch(Uninitialised, Threads);

    private static void Launch(Action<ArrayView<int>> kernel, int elements)
    {
        using var device = (AcceleratorDevice)DeviceCatalog.Open("opencl:0");
        using var scope = device.Enter();
        var memory = device.Memory.Allocate<int>(elements);
        device.Memory.Upload<int>(new int[elements], memory.View);
        device.Accelerator.LoadKernel(kernel)(device.Stream, new KernelConfig(1, Threads), memory.View);
        device.Synchronize();
        device.Memory.Free(memory);
    }

    private static void WithoutBarrier(ArrayView<int> data)
    {
        var shared = SharedMemory.Allocate<int>(Threads);
        shared[Group.IdxX] = data[Group.IdxX];
        data[Group.IdxX] = shared[Threads - 1 - Group.IdxX];
    }

    private static void OutOfBounds(ArrayView<int> data) => data[Group.IdxX + 1] = Group.IdxX;

    private static void Uninitialised(ArrayView<int> data)
    {
        var shared = SharedMemory.Allocate<int>(Threads);
        if (Group.IdxX > 0)
        {
            shared[Group.IdxX] = Group.IdxX;
        }

        Group.Barrier();
        data[Group.IdxX] = shared[Threads - 1 - Group.IdxX] > 3 ? 1 : 2;
    }
}
