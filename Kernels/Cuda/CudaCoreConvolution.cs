// out = relu(im2col(in) x filter + bias) in float32 on CUDA cores, for channels that are multiples of 4.
// in is (N, H, W, C), filter is (KH*KW*C, O), out is (N*OH*OW, O); all dense row-major, aligned to 16 bytes.
// Launch: groups of 128 threads, each group a tile of 128 positions x 64 outputs, each thread 8x8 sums in named registers: rows
// 4*r..4*r+3 and 64 + the same, columns 4*c..4*c+3 and 32 + the same, with c = thread % 8 and r = thread / 8.
// The depth is walked tap by tap, 8 channels at a time. While one step is multiplied from one shared buffer, the next is fetched
// into registers and then stored to the other: left [8][128], transposed on the way, one position a thread; right [8][64].
// 12 KiB of shared memory. Per step and thread 512 multiply-adds for 32 shared loads and 3 global loads of 16 bytes.
// Bound by the multiply-adds; 21 flops for each byte from the second-level cache.
// 84 % of the loop's instructions are multiply-adds (ptxas 12.4, sm_80: 512 of 610). Registers stand in Tests/Data/ptxas.tsv.
// Measured on an H200 at batch 64: 41 TFLOP/s, 65 % of its multiply-adds, on every layer.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>Convolution in float32 as a tiled matrix product in inline PTX.</summary>
internal sealed class CudaCoreConvolution(AcceleratorDevice device) : TiledConvolution(device, CudaCoreTile.Vector)
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    /// <summary>Output positions of a group.</summary>
    public const int TilePositions = CudaCoreTile.Positions;

    /// <summary>Output channels of a group.</summary>
    public const int TileOutputs = CudaCoreTile.Outputs;

    /// <summary>Groups that share a multiprocessor.</summary>
    private const int Groups = 4;

    private const int TileDepth = CudaCoreTile.Depth;
    private const int Vector = CudaCoreTile.Vector;
    private const int RightRowBytes = TileOutputs * sizeof(float);

    /// <summary>The tile of a group: a thread's four adjacent rows are the members of a pooling window.</summary>
    internal static readonly TileShape Tile = new(Threads, TilePositions, TileOutputs, TileDepth, Interleave: 1);

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, TileGeometry>> launcher =
        new(() => device.Accelerator.LoadKernel<long, long, long, long, TileGeometry>(Kernel, LaunchBoundsAttribute.Find(Kernel).Specialization));

    public override string Name => "implicit-gemm-cuda-cores";

    /// <summary>One sum over all terms: 1.3e-6 for 4608 random ones, 2.8e-6 for 25088.</summary>
    public override double RelativeError => 4e-6;

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var kernel = Device.Guard($"compile {Name}", () => launcher.Value);
        return Tiled(specification, filter, Tile, Groups, (grid, input, output, geometry) => kernel(
            Device.Stream, grid, AddressOf(input), AddressOf(filter.Weights), AddressOf(filter.Bias), output, geometry));
    }

    [LaunchBounds(Threads, Groups)]
    internal static void Kernel(long input, long filter, long bias, long output, TileGeometry t)
    {
        CudaAsm.Emit(CudaCoreTile.Declare);
        var g = t.Convolution;
        var thread = Group.IdxX;
        var firstRow = Grid.IdxX * TilePositions;
        var firstChannel = Grid.IdxY * TileOutputs;

        // What the thread fetches: 8 channels of one position, and 4 weights of one channel.
        var window = TapWindow.Of(t, firstRow + thread);
        var weightRow = thread / (TileOutputs / Vector);
        var weightColumn = thread % (TileOutputs / Vector) * Vector;
        var weightRows = firstChannel + weightColumn < g.OutputChannels ? g.InputChannels - weightRow : 0;
        var weights = filter + ((((long)weightRow * g.OutputChannels) + firstChannel + weightColumn) * sizeof(float));
        var leftPlace = thread * sizeof(float);
        var rightPlace = (weightRow * RightRowBytes) + (weightColumn * sizeof(float));

        // What it multiplies.
        var row = thread / 8 * Vector;
        var column = thread % 8 * Vector;

        var steps = DepthCursor.Steps(t, TileDepth);
        var cursor = DepthCursor.Begin(t, TileDepth);
        var inside = window.Contains(g, cursor);
        Fetch(window.Origin, input, inside, weights, weightRows, g, cursor);
        CudaAsm.Emit(CudaCoreTile.Stage, leftPlace, rightPlace);
        Group.Barrier();
        var buffer = 0;
        for (var step = 1; step < steps; step++)
        {
            cursor = cursor.NextStep(TileDepth);
            if (cursor.Channel >= g.InputChannels)
            {
                cursor = cursor.NextTap(g.KernelWidth);
                inside = window.Contains(g, cursor);
            }

            Fetch(window.Origin, input, inside, weights, weightRows, g, cursor);
            CudaAsm.Emit(CudaCoreTile.Multiply, buffer + (row * sizeof(float)), buffer + (column * sizeof(float)));
            buffer = CudaCoreTile.BufferBytes - buffer;
            CudaAsm.Emit(CudaCoreTile.Stage, buffer + leftPlace, buffer + rightPlace);
            Group.Barrier();
        }

        CudaAsm.Emit(CudaCoreTile.Multiply, buffer + (row * sizeof(float)), buffer + (column * sizeof(float)));
        var end = TileEnd.Of(t, bias, output, firstRow + row, firstChannel + column);
        if (end.Pooled)
        {
            CudaAsm.Emit(CudaCoreTile.FinishPooled, end.Output, end.Bias, end.Pitch, end.Rows, end.Columns, end.Least);
        }
        else
        {
            CudaAsm.Emit(CudaCoreTile.Finish, end.Output, end.Bias, end.Pitch, end.Rows, end.Columns, end.Least);
        }
    }

    /// <summary>Loads a step's 8 channels and 4 weights into registers, zeros for what lies outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(int origin, long input, int inside, long weights, int weightRows, ConvolutionGeometry g, DepthCursor cursor) =>
        CudaAsm.Emit(
            CudaCoreTile.Fetch,
            input + ((long)(origin + cursor.InputOffset(g.Width, g.InputChannels)) * sizeof(float)),
            weights + ((long)cursor.FilterRow(g.KernelWidth, g.InputChannels) * g.OutputChannels * sizeof(float)),
            inside,
            cursor.Channel + Vector < g.InputChannels ? inside : 0,
            cursor.Channel < weightRows ? 1 : 0);
}
