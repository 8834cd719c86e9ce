// out = relu(conv3x3(in, filter) + bias) on Hopper's warpgroup instructions, with a max pool if one follows: rounded factors, float32 sums.
// in is (N, H, W, C), a border of one pixel of zeros around it; filter is arranged by WarpgroupFilter; bias is (O) in float32; out is
// (N, H, W, O), or half as high and wide, in the factors' format or float32. C is a multiple of 128 bytes of factors, O of the tile's outputs.
// Launch: groups of 256 threads, two warpgroups, each group a tile of 8 columns x 16 rows (see WarpgroupGeometry) x 128
// outputs, or where these are 64, of 32 rows.
//
//    18 x 10 pixels, border included            products: 8 x 8 positions each
//    +----------+                               +--------+
//    |..........| in: read from memory once     |  first | 64 x 128 sums, each row of 8 positions a core matrix
//    |. 8 x 16 .| for all nine taps             +--------+ warpgroup
//    |..........|                               | second |
//    +----------+                               +--------+
//
// A block of 128 bytes of channels of the tile's pixels lies in shared memory as [vector of 16 bytes][pixel]; a tap is another first pixel.
// Where positions are few, groups divide the blocks of channels, and SliceReduction adds what they store.
// While its nine taps are multiplied, asynchronous copies bring the next block into a second buffer. The weights of a tap and a block are
// one bulk copy, with a barrier in shared memory for each stage, 3 or 4 of which are under way. Two groups share a multiprocessor, so that
// one multiplies while the other begins or stores; of values of two parts there is room for one.
// Bytes from the second-level cache per tap and tile of 128 positions x 128 outputs: 16 KiB of weights and 2.6 KiB of input for 2.1 million
// flops of halves. Bound by the tensor cores where C is large; where it is 64, by how long the first copies and the stores take.
// Measured on an H100 at batch 64: 565 TFLOP/s of halves on conv4_2, 314 of tensor floats. A tile of twice as many positions, which
// leaves room for one group only, took 3 to 12 % longer on every layer.
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>The kernels of <see cref="WarpgroupConvolution"/>.</summary>
internal static class WarpgroupKernels
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    /// <summary>Vectors of channels of a block.</summary>
    public const int Vectors = 8;

    /// <summary>Bytes of a vector.</summary>
    public const int VectorBytes = 16;

    private const int WarpgroupThreads = 128;
    private const int PixelColumns = WarpgroupGeometry.Columns + (2 * WarpgroupGeometry.Border);
    private const int PixelsPerPass = Threads / Vectors;
    private const int PassesPerTap = 2;
    private const int ProductRows = 8;
    private const int BarrierBytes = 8;

    private const int EntryBytes = 4;

    /// <summary>Where the notes on pixels begin: after all barriers.</summary>
    private const int EntriesPlace = 64;

    /// <summary>Where the input begins: after the notes.</summary>
    private const int LeftPlace = 1536;

    /// <summary>What the start of the dynamic shared memory is aligned to.</summary>
    private const int Alignment = 128;

    /// <summary>Channels of a block.</summary>
    public static int BlockChannels<TTile>()
        where TTile : struct, IWarpgroupTile => Vectors * VectorBytes / TTile.FactorBytes;

    /// <summary>Dynamic shared memory with one or two buffers of input.</summary>
    public static int SharedBytes<TTile>(int leftBuffers)
        where TTile : struct, IWarpgroupTile => Alignment + LeftPlace + (leftBuffers * TTile.LeftBytes) + (TTile.Stages * TTile.RightBytes);

    /// <summary>Float16, 128 positions x 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 90, ArchitectureSpecific = true)]
    internal static void WideFloat16Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<WideFloat16WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Float16, 256 positions x 64 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 90, ArchitectureSpecific = true)]
    internal static void NarrowFloat16Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<NarrowFloat16WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Bfloat16, 128 positions x 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 90, ArchitectureSpecific = true)]
    internal static void WideBFloat16Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<WideBFloat16WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Bfloat16, 256 positions x 64 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 90, ArchitectureSpecific = true)]
    internal static void NarrowBFloat16Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<NarrowBFloat16WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Tensor floats, 128 positions x 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 90, ArchitectureSpecific = true)]
    internal static void WideTensorFloat32Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<WideTensorFloat32WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Tensor floats, 256 positions x 64 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 90, ArchitectureSpecific = true)]
    internal static void NarrowTensorFloat32Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<NarrowTensorFloat32WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Sums of two tensor floats, 128 positions x 128 outputs.</summary>
    [LaunchBounds(Threads, 1, Capability = 90, ArchitectureSpecific = true)]
    internal static void WideTensorFloat32x3Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<WideTensorFloat32x3WarpgroupTile>(input, filter, bias, output, t);

    /// <summary>Sums of two tensor floats, 128 positions x 64 outputs.</summary>
    [LaunchBounds(Threads, 1, Capability = 90, ArchitectureSpecific = true)]
    internal static void NarrowTensorFloat32x3Kernel(long input, long filter, long bias, long output, WarpgroupGeometry t) =>
        Compute<NarrowTensorFloat32x3WarpgroupTile>(input, filter, bias, output, t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<TTile>(long input, long filter, long bias, long output, WarpgroupGeometry t)
        where TTile : struct, IWarpgroupTile
    {
        var shared = SharedMemory.GetDynamic<byte>();
        TTile.Declare();
        var thread = Group.IdxX;
        var allBlocks = t.InputChannels * TTile.FactorBytes / (Vectors * VectorBytes);
        var firstBlock = Grid.IdxZ * t.Blocks;
        var steps = IntrinsicMath.Min(t.Blocks, allBlocks - firstBlock) * WarpgroupGeometry.Taps;
        var tileRow = Grid.IdxX / t.TileColumns;
        var firstRow = tileRow * TTile.Rows;
        var firstColumn = (Grid.IdxX - (tileRow * t.TileColumns)) * WarpgroupGeometry.Columns;
        var right = LeftPlace + (t.LeftBuffers * TTile.LeftBytes);
        var weights = filter + ((((long)Grid.IdxY * allBlocks) + firstBlock) * WarpgroupGeometry.Taps * TTile.RightBytes);

        // The vector and the first pixel that the thread copies.
        var vector = thread % Vectors;
        var pixel = thread / Vectors;
        var source = input + (((firstBlock * Vectors) + vector) * (VectorBytes * TTile.Parts));
        var place = LeftPlace + (((vector * TTile.PixelPitch) + pixel) * VectorBytes);
        var entry = EntriesPlace + (pixel * EntryBytes);

        if (thread == 0)
        {
            // Tells ILGPU to declare the memory, which the assembly uses.
            shared[0] = 0;
            TTile.InitializeBarriers();
            for (var step = 0; step < TTile.Stages; step++)
            {
                TTile.CopyRight(right + (step * TTile.RightBytes), weights + (step * TTile.RightBytes), step * BarrierBytes);
            }
        }

        for (var noted = thread; noted < Passes<TTile>() * PixelsPerPass; noted += Threads)
        {
            TTile.StorePixel(EntriesPlace + (noted * EntryBytes), PixelAt<TTile>(t, firstRow, firstColumn, noted));
        }

        Group.Barrier();
        for (var pass = 0; pass < Passes<TTile>(); pass++)
        {
            Copy<TTile>(source, place, entry, pass);
        }

        CudaAsm.Emit("cp.async.wait_all;");
        CudaAsm.Emit("fence.proxy.async.shared::cta;");
        Group.Barrier();

        var left = LeftPlace + (thread / WarpgroupThreads * TTile.Products * ProductRows * PixelColumns * VectorBytes);
        var otherBuffer = TTile.LeftBytes;
        var stage = 0;
        var previousStage = 0;
        var parity = 0;
        var tap = 0;
        var tapColumn = 0;
        var tapPlace = 0;
        for (var step = 0; step < steps; step++)
        {
            TTile.Await(stage * BarrierBytes, parity);
            TTile.Multiply(left + tapPlace, right + (stage * TTile.RightBytes));
            if (tap == WarpgroupGeometry.Taps - 1)
            {
                // The next block's input, for which the threads have waited before this barrier.
                CudaAsm.Emit("cp.async.wait_all;");
                CudaAsm.Emit("fence.proxy.async.shared::cta;");
            }

            // Behind it the step before this one is done by both warpgroups.
            Group.Barrier();
            var next = step - 1 + TTile.Stages;
            if (thread == 0 && step > 0 && next < steps)
            {
                TTile.CopyRight(right + (previousStage * TTile.RightBytes), weights + ((long)next * TTile.RightBytes), previousStage * BarrierBytes);
            }

            if (step < steps - WarpgroupGeometry.Taps)
            {
                // As many as there are are left after two a tap.
                var nextSource = source + (((step / WarpgroupGeometry.Taps) + 1) * (Vectors * VectorBytes * TTile.Parts));
                for (var pass = PassesPerTap * tap; pass < IntrinsicMath.Min(PassesPerTap * (tap + 1), Passes<TTile>()); pass++)
                {
                    Copy<TTile>(nextSource, place + otherBuffer, entry, pass);
                }
            }

            previousStage = stage;
            stage++;
            if (stage == TTile.Stages)
            {
                stage = 0;
                parity ^= 1;
            }

            tap++;
            tapColumn++;
            tapPlace += VectorBytes;
            if (tapColumn == WarpgroupGeometry.Side)
            {
                tapColumn = 0;
                tapPlace += (PixelColumns - WarpgroupGeometry.Side) * VectorBytes;
            }

            if (tap == WarpgroupGeometry.Taps)
            {
                tap = 0;
                tapPlace = 0;
                left += otherBuffer;
                place += otherBuffer;
                otherBuffer = -otherBuffer;
            }
        }

        CudaAsm.Emit("wgmma.wait_group.sync.aligned 0;");
        Finish<TTile>(bias, output, t, firstRow, firstColumn);
    }

    /// <summary>Passes of all threads over the pixels of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Passes<TTile>()
        where TTile : struct, IWarpgroupTile => ((PixelColumns * (TTile.Rows + (2 * WarpgroupGeometry.Border))) + PixelsPerPass - 1) / PixelsPerPass;

    /// <summary>Copies the thread's vector of its pixel of a pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TTile>(long source, int place, int entry, int pass)
        where TTile : struct, IWarpgroupTile =>
        TTile.CopyLeft(place + (pass * (PixelsPerPass * VectorBytes)), source, entry + (pass * (PixelsPerPass * EntryBytes)));

    /// <summary>Vectors from the input's first to the first of a pixel of the tile; -1 outside the images, -2 beyond the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PixelAt<TTile>(WarpgroupGeometry t, int firstRow, int firstColumn, int pixel)
        where TTile : struct, IWarpgroupTile
    {
        var tileRow = pixel / PixelColumns;
        var row = firstRow + tileRow - WarpgroupGeometry.Border;
        var x = firstColumn + (pixel - (tileRow * PixelColumns)) - WarpgroupGeometry.Border;
        var image = row / t.RowPitch;
        var y = row - (image * t.RowPitch);
        var isOfTile = tileRow < TTile.Rows + (2 * WarpgroupGeometry.Border);
        var isInside = y >= 0 && y < t.Height && image < t.Images && x >= 0 && x < t.Width;
        return !isOfTile ? -2 : isInside ? ((((image * t.Height) + y) * t.Width) + x) * (t.InputChannels * TTile.FactorBytes * TTile.Parts / VectorBytes) : -1;
    }

    /// <summary>Stores the thread's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TTile>(long bias, long output, WarpgroupGeometry t, int firstRow, int firstColumn)
        where TTile : struct, IWarpgroupTile
    {
        var thread = Group.IdxX;
        var row = firstRow + (thread / WarpgroupThreads * TTile.Products * ProductRows) + (thread % WarpgroupThreads / 32 * 2);
        var column = firstColumn + (thread % 32 / 4);
        var channel = (Grid.IdxY * TTile.Outputs) + (thread % 4 * (VectorBytes / TTile.FactorBytes));
        var isSlice = Grid.DimZ > 1;
        var isRounded = !isSlice && t.Rounded != 0;
        if (t.Pooled != 0 && !isSlice)
        {
            if (isRounded)
            {
                TTile.FinishPooled0(EndOf<TTile>(bias, output, t, row, column, channel));
                TTile.FinishPooled1(EndOf<TTile>(bias, output, t, row + ProductRows, column, channel));
            }
            else
            {
                TTile.FinishPooled0Float32(EndOf<TTile>(bias, output, t, row, column, channel));
                TTile.FinishPooled1Float32(EndOf<TTile>(bias, output, t, row + ProductRows, column, channel));
            }
        }
        else if (isRounded)
        {
            TTile.FinishUpper0(EndOf<TTile>(bias, output, t, row, column, channel));
            TTile.FinishLower0(EndOf<TTile>(bias, output, t, row + 1, column, channel));
            TTile.FinishUpper1(EndOf<TTile>(bias, output, t, row + ProductRows, column, channel));
            TTile.FinishLower1(EndOf<TTile>(bias, output, t, row + ProductRows + 1, column, channel));
        }
        else
        {
            TTile.FinishUpper0Float32(EndOf<TTile>(bias, output, t, row, column, channel));
            TTile.FinishLower0Float32(EndOf<TTile>(bias, output, t, row + 1, column, channel));
            TTile.FinishUpper1Float32(EndOf<TTile>(bias, output, t, row + ProductRows, column, channel));
            TTile.FinishLower1Float32(EndOf<TTile>(bias, output, t, row + ProductRows + 1, column, channel));
        }
    }

    /// <summary>
    /// Where a position is stored, or the pooling window whose first it is; of a slice of the depth as it is, the four members of a
    /// window after each other, for <see cref="SliceReduction"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static WarpgroupEnd EndOf<TTile>(long bias, long output, WarpgroupGeometry t, int row, int column, int channel)
        where TTile : struct, IWarpgroupTile
    {
        var isSlice = Grid.DimZ > 1;
        var image = row / t.RowPitch;
        var y = row - (image * t.RowPitch);
        var x = column;
        var member = 0;
        var members = 1;
        if (t.Pooled != 0)
        {
            member = (y % 2 * 2) + (x % 2);
            members = isSlice ? TileGeometry.Members : 1;
            y /= 2;
            x /= 2;
        }

        var inside = y < t.OutputHeight && x < t.OutputWidth && image < t.Images && (isSlice || member == 0);
        var place = ((image * t.OutputHeight) + y) * t.OutputWidth;
        place = ((place + x) * members) + (isSlice ? member + (Grid.IdxZ * t.Images * t.OutputHeight * t.OutputWidth * members) : 0);
        return new WarpgroupEnd(
            output + ((((long)place * t.OutputChannels) + channel) * (t.Rounded != 0 && !isSlice ? TTile.FactorBytes * TTile.Parts : sizeof(float))),
            isSlice ? 0 : bias + (channel * sizeof(float)),
            t.Relu != 0 && !isSlice ? 0f : float.NegativeInfinity,
            inside ? 1 : 0);
    }
}
