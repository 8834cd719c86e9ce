// out[o] = relu(bias[o] + sum_k in[k] * weights[k,o]) for one position: fully connected layers at batch 1.
// in is (K) in float32, weights is (K, O) in float32 or float16, O a multiple of 4 or 8; out and bias are (O) in float32; all aligned to 16 bytes.
// Launch: groups of 128 threads over columns and slices of the depth. A warp reads 32 vectors of 16 bytes of one row of weights, 512 bytes side by
// side; the four warps take every fourth row, a thread four of its rows at a time, so that a multiprocessor's 16 groups have 128 KiB
// under way. The warps' sums meet in shared memory, 2 or 4 KiB, the slices' in SliceReduction; both in order, so that the result does not depend on timing.
// Bound by the bytes of the weights, 4*K*O or 2*K*O. Registers stand in Tests/Data/ptxas.tsv. Measured on an H200: fc6 in
// 0.100 and 0.055 ms, 4.1 and 3.7 TB/s.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>Fully connected layers at one position, in inline PTX.</summary>
internal sealed class SplitMatrixVector(AcceleratorDevice device, WeightPrecision weights) : PortableConvolution(device)
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = MatrixVectorFloat32.Warps * WarpSize;

    private const int WarpSize = 32;

    /// <summary>Groups that a multiprocessor holds.</summary>
    private const int GroupsPerMultiprocessor = 16;

    /// <summary>Rows below which a slice is not worth writing and reading its sums.</summary>
    private const int MinimumRows = 64;

    private readonly SliceReduction reduction = new(device.Accelerator);

    private readonly FactorRounding rounding = new(device.Accelerator, FactorRounding.Float16Kernel);

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, int, int, int>> launcher = new(() =>
    {
        Action<long, long, long, int, int, int> kernel = weights == WeightPrecision.Float16 ? Float16Kernel : Float32Kernel;
        return device.Accelerator.LoadKernel(kernel, LaunchBoundsAttribute.Find(kernel).Specialization);
    });

    public override string Name => weights == WeightPrecision.Float16 ? "matrix-vector-ptx-fp16" : "matrix-vector-ptx";

    public override string FilterLayout => weights == WeightPrecision.Float16 ? TensorCoreFactors.Float16.Layout : base.FilterLayout;

    public override WeightPrecision WeightPrecision => weights;

    /// <summary>Weights of 11 bits cost 2e-4 with random ones.</summary>
    public override double RelativeError => weights == WeightPrecision.Float16 ? 4e-4 : base.RelativeError;

    /// <summary>One for each kind of weights that the device can round to.</summary>
    public static IEnumerable<ConvolutionAlgorithm> Offered(AcceleratorDevice device, CudaArchitecture architecture) => LaunchBoundsAttribute.Find(Float16Kernel).Supports(architecture)
        ? [new SplitMatrixVector(device, WeightPrecision.Float32), new SplitMatrixVector(device, WeightPrecision.Float16)]
        : [new SplitMatrixVector(device, WeightPrecision.Float32)];

    /// <summary>Columns of a group.</summary>
    public static int ColumnsOf(WeightPrecision weights) => WarpSize * (weights == WeightPrecision.Float16 ? MatrixVectorFloat16.Columns : MatrixVectorFloat32.Columns);

    /// <summary>How a layer is divided into so many slices, or fewer where that leaves none empty.</summary>
    public static TiledLaunch Sliced(ConvolutionSpecification specification, WeightPrecision weights, int slices)
    {
        var rows = (specification.Filter.Depth + slices - 1) / slices;
        var grid = new Index3D((specification.Filter.OutputChannels + ColumnsOf(weights) - 1) / ColumnsOf(weights), 1, (specification.Filter.Depth + rows - 1) / rows);
        return new TiledLaunch(
            new TileGeometry(ConvolutionGeometry.Of(specification), Positions: 1, Pooled: 0, Interleave: 1, StepsPerSlice: rows), new KernelConfig(grid, new Index3D(Threads, 1, 1)));
    }

    /// <summary>Whether a convolution is a product of the filter with one vector.</summary>
    public static bool IsMatrixVector(ConvolutionSpecification specification) => specification is { Output.Positions: 1, Pooled: false, Padding: Padding.Valid };

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        IsMatrixVector(specification)
        && specification.Filter.OutputChannels % (weights == WeightPrecision.Float16 ? MatrixVectorFloat16.Columns : MatrixVectorFloat32.Columns) == 0;

    protected override MemoryBuffer1D<float, Stride1D.Dense> Arrange(MemoryBuffer1D<float, Stride1D.Dense> source, FilterShape shape) =>
        weights == WeightPrecision.Float16 ? rounding.Replace(Device, source, source.Length / 2) : source;

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var kernel = Device.Guard($"compile {Name}", () => launcher.Value);
        Device.Guard($"compile {Name}", reduction.Compile);
        var groups = GroupsPerMultiprocessor * Device.Accelerator.NumMultiprocessors / Sliced(specification, weights, 1).Grid.GridDim.X;
        var launch = Sliced(specification, weights, Math.Clamp(groups, 1, Math.Max(specification.Filter.Depth / MinimumRows, 1)));
        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output, partial) =>
            {
                kernel(
                    Device.Stream, launch.Grid, AddressOf(input), AddressOf(filter.Weights), AddressOf(partial),
                    specification.Filter.Depth, specification.Filter.OutputChannels, launch.Geometry.StepsPerSlice);
                reduction.Run(Device.Stream, launch, partial, filter.Bias, AddressOf(output));
            },
            (long)launch.Slices * specification.Filter.OutputChannels);
    }

    [LaunchBounds(Threads, 8)]
    internal static void Float32Kernel(long input, long weights, long partial, int depth, int outputs, int rowsPerSlice)
    {
        CudaAsm.Emit(MatrixVectorFloat32.Declare);
        var (row, last, column) = Part(depth, rowsPerSlice, MatrixVectorFloat32.Columns);
        var place = weights + ((((long)row * outputs) + column) * sizeof(float));
        var pitch = (long)outputs * (MatrixVectorFloat32.Warps * sizeof(float));
        for (; row < last; row += MatrixVectorFloat32.Warps * MatrixVectorFloat32.Rows)
        {
            CudaAsm.Emit(MatrixVectorFloat32.Multiply, place, input + ((long)row * sizeof(float)), pitch, column < outputs ? last - row : 0);
            place += pitch * MatrixVectorFloat32.Rows;
        }

        CudaAsm.Emit(MatrixVectorFloat32.Stage, Group.IdxX);
        Group.Barrier();
        if (Group.IdxX < WarpSize && column < outputs)
        {
            CudaAsm.Emit(MatrixVectorFloat32.Finish, Group.IdxX, partial + ((((long)Grid.IdxZ * outputs) + column) * sizeof(float)));
        }
    }

    [LaunchBounds(Threads, 8, Capability = 80)]
    internal static void Float16Kernel(long input, long weights, long partial, int depth, int outputs, int rowsPerSlice)
    {
        CudaAsm.Emit(MatrixVectorFloat16.Declare);
        var (row, last, column) = Part(depth, rowsPerSlice, MatrixVectorFloat16.Columns);
        var place = weights + ((((long)row * outputs) + column) * sizeof(ushort));
        var pitch = (long)outputs * (MatrixVectorFloat16.Warps * sizeof(ushort));
        for (; row < last; row += MatrixVectorFloat16.Warps * MatrixVectorFloat16.Rows)
        {
            CudaAsm.Emit(MatrixVectorFloat16.Multiply, place, input + ((long)row * sizeof(float)), pitch, column < outputs ? last - row : 0);
            place += pitch * MatrixVectorFloat16.Rows;
        }

        CudaAsm.Emit(MatrixVectorFloat16.Stage, Group.IdxX);
        Group.Barrier();
        if (Group.IdxX < WarpSize && column < outputs)
        {
            CudaAsm.Emit(MatrixVectorFloat16.Finish, Group.IdxX, partial + ((((long)Grid.IdxZ * outputs) + column) * sizeof(float)));
        }
    }

    /// <summary>A thread's first row, the last of its slice, and its first column.</summary>
    private static (int Row, int Last, int Column) Part(int depth, int rowsPerSlice, int columns)
    {
        var first = Grid.IdxZ * rowsPerSlice;
        return (first + (Group.IdxX / WarpSize), IntrinsicMath.Min(first + rowsPerSlice, depth), ((Grid.IdxX * WarpSize) + (Group.IdxX % WarpSize)) * columns);
    }
}
