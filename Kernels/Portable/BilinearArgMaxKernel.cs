// label[y,x] = argmax over c of the bilinear interpolation of logits[., ., c] at pixel (y, x); ties take the lowest class.
// Logits are (cells high, cells wide, classes), labels is (height, width) of 16 bits, dense.
// Launch: one thread per pixel, x fastest, so that a group's pixels share nearly all of their four cells.
// Per pixel 4 loads and 8 flops a class, served by the cache; only 2 bytes a pixel go out to memory and to the host.
// Where rows, then columns, lie on the map is computed once on the host (UpsamplingGrid.Position): positions is (height + width).
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Labels at a picture's resolution, a thread per pixel.</summary>
internal sealed class BilinearArgMaxKernel(AcceleratorDevice device)
{
    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<ushort>, MapGeometry>> launcher =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<ushort>, MapGeometry>(Kernel));

    /// <summary>Prepares labels at a picture's resolution.</summary>
    public UpsampledArgMax Create(Shape logits, UpsamplingGrid grid)
    {
        device.CheckIndexable(logits.Elements, $"the tensor {logits}");
        device.CheckIndexable((long)grid.Height * grid.Width, $"a picture of {grid.Width}x{grid.Height} pixels");
        return new Labels(device, logits, grid, device.Guard("compile bilinear-argmax", () => launcher.Value));
    }

    internal static void Kernel(
        Index1D index, ArrayView<float> logits, ArrayView<float> positions, ArrayView<ushort> labels, MapGeometry map)
    {
        var row = positions[index / map.PictureWidth];
        var column = positions[map.PictureHeight + index % map.PictureWidth];
        var top = (int)row;
        var left = (int)column;
        var bottom = IntrinsicMath.Min(top + 1, map.Height - 1);
        var right = IntrinsicMath.Min(left + 1, map.Width - 1);
        var down = row - top;
        var across = column - left;
        var topLeft = (top * map.Width + left) * map.Classes;
        var topRight = (top * map.Width + right) * map.Classes;
        var bottomLeft = (bottom * map.Width + left) * map.Classes;
        var bottomRight = (bottom * map.Width + right) * map.Classes;

        var best = float.NegativeInfinity;
        var label = 0;
        for (var c = 0; c < map.Classes; c++)
        {
            var above = logits[topLeft + c] * (1f - across) + logits[topRight + c] * across;
            var below = logits[bottomLeft + c] * (1f - across) + logits[bottomRight + c] * across;
            var value = above * (1f - down) + below * down;
            if (value > best)
            {
                best = value;
                label = c;
            }
        }

        labels[index] = (ushort)label;
    }

    /// <summary>Sizes as the kernel takes them.</summary>
    internal readonly record struct MapGeometry(int Height, int Width, int Classes, int PictureHeight, int PictureWidth);

    private sealed class Labels : UpsampledArgMax
    {
        private readonly AcceleratorDevice device;
        private readonly Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<ushort>, MapGeometry> launch;
        private readonly MemoryBuffer1D<float, Stride1D.Dense> positions;
        private readonly MemoryBuffer1D<ushort, Stride1D.Dense> memory;

        public Labels(
            AcceleratorDevice device,
            Shape logits,
            UpsamplingGrid grid,
            Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<ushort>, MapGeometry> launch)
            : base(logits, grid)
        {
            this.device = device;
            this.launch = launch;
            var rows = Enumerable.Range(0, grid.Height).Select(y => grid.Position(y, logits.Height));
            var columns = Enumerable.Range(0, grid.Width).Select(x => grid.Position(x, logits.Width));
            positions = device.Memory.Upload<float>([.. rows, .. columns]);
            try
            {
                memory = device.Memory.Allocate<ushort>((long)grid.Height * grid.Width);
            }
            catch
            {
                device.Memory.Free(positions);
                throw;
            }
        }

        public override string Algorithm => "bilinear-argmax";

        public override void Run(Tensor logits, Span<ushort> labels)
        {
            CheckLength(labels.Length);
            var values = AcceleratorOperation.Values(device, logits, Logits);
            var map = new MapGeometry(Logits.Height, Logits.Width, Logits.Channels, Grid.Height, Grid.Width);
            device.Guard($"run {Algorithm} on {Logits}", () => launch(device.Stream, (int)memory.Length, values, positions.View, memory.View, map));
            device.Memory.Download(memory.View, labels);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                device.Memory.Free(positions);
                device.Memory.Free(memory);
            }

            base.Dispose(disposing);
        }
    }
}
