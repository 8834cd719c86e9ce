using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Memory of an accelerator.</summary>
internal sealed class AcceleratorBuffer(AcceleratorDevice device, MemoryBuffer1D<float, Stride1D.Dense> memory) : DeviceBuffer
{
    public override long Bytes => memory.LengthInBytes;

    /// <summary>The whole buffer.</summary>
    public ArrayView<float> Values => memory.View;

    /// <summary>The device that allocated it.</summary>
    public AcceleratorDevice Device => device;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            device.Memory.Free(memory);
        }
    }
}

/// <summary>A dense NHWC tensor at the start of an <see cref="AcceleratorBuffer"/>.</summary>
internal sealed class AcceleratorTensor : Tensor
{
    /// <summary>Views a buffer.</summary>
    /// <exception cref="ArgumentException">The buffer is another device's, or too small.</exception>
    public AcceleratorTensor(AcceleratorDevice device, DeviceBuffer buffer, Shape shape, ProductPrecision precision)
        : base(shape, halo: 0, precision)
    {
        if (buffer is not AcceleratorBuffer own || own.Device != device)
        {
            throw new ArgumentException($"The buffer is not one of {device.Info.Id}.", nameof(buffer));
        }

        device.CheckIndexable(shape.Elements, $"a tensor of shape {shape}");
        var bytes = device.StorageBytes(shape, halo: 0, precision);
        if (own.Bytes < bytes)
        {
            throw new ArgumentException($"A tensor of shape {shape} needs {bytes} bytes, the buffer has {own.Bytes}.", nameof(buffer));
        }

        Device = device;
        Values = own.Values.SubView(0, (bytes + sizeof(float) - 1) / sizeof(float));
    }

    /// <summary>The device whose memory it is.</summary>
    public AcceleratorDevice Device { get; }

    /// <summary>The elements, NHWC; in another precision than float32 the memory that they take.</summary>
    public ArrayView<float> Values { get; }

    public override void Upload(ReadOnlySpan<float> source)
    {
        CheckLength(source.Length);
        Device.Memory.Upload(source, Values);
    }

    public override void Download(Span<float> destination)
    {
        CheckLength(destination.Length);
        Device.Memory.Download(Values, destination);
    }
}
