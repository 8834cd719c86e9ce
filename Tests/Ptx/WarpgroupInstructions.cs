using System.Globalization;
using System.Text.RegularExpressions;
using static System.BitConverter;

namespace Gpu.Tests.Ptx;

/// <summary>Instructions that the 128 threads of a warpgroup carry out together (PTX ISA 9, section 9.7.16): asynchronous products of matrices in shared memory.</summary>
internal static partial class WarpgroupInstructions
{
    private const int Rows = 64;
    private const int MaximumColumns = 256;

    /// <summary>Registers of a thread that hold a fragment of the left matrix.</summary>
    private const int LeftRegisters = 4;

    /// <summary>The step of an instruction, or null where it is none that is known.</summary>
    public static PtxStep? Find(PtxInstruction instruction)
    {
        var operands = instruction.Operands;
        Action<PtxThread[]>? together = instruction.Opcode switch
        {
            "wgmma.fence.sync.aligned" when operands is [] => threads => Array.ForEach(threads, t => t.RegisterFences++),
            "wgmma.commit_group.sync.aligned" when operands is [] => threads => WarpgroupOf(threads).Commit(),
            "wgmma.wait_group.sync.aligned" when operands is [PtxOperand.Immediate pending] => threads => WarpgroupOf(threads).Wait(threads, (int)pending.Bits),
            "setmaxnreg.inc.sync.aligned.u32" or "setmaxnreg.dec.sync.aligned.u32"
                when operands is [PtxOperand.Immediate { Bits: >= 24 and <= 256 } count] && count.Bits % 8 == 0 => KeepRegisters,
            _ => Product.Of(instruction) is { } product ? product.Run : null,
        };
        return together is null ? null : PtxStep.Of(PtxBlock.WarpgroupSize, together);
    }

    /// <summary>How many registers the warps may have makes no difference here; ptxas sees to it that they do with them.</summary>
    private static void KeepRegisters(PtxThread[] threads)
    {
    }

    private static PtxWarpgroup WarpgroupOf(PtxThread[] threads) => threads[0].Block.Warpgroups[threads[0].Index / PtxBlock.WarpgroupSize];

    [GeneratedRegex(@"^wgmma\.mma_async\.sync\.aligned\.(?<shape>m64n(?<columns>\d+)k(?<depth>\d+))\.f32\.(?<type>f16|bf16|tf32)\.\k<type>$")]
    private static partial Regex MultiplyAsync();

    /// <summary>D = A B + D, or A B: A 64 x K, B K x N, D 64 x N, a line of A or B having 32 bytes.</summary>
    private sealed record Product(string Shape, int Columns, Format Format, IReadOnlyList<PtxOperand> Sums, PtxOperand Left, PtxOperand Right, PtxOperand AddSums, double Sign, bool LeftAcross, bool RightAcross)
    {
        private readonly double[] left = new double[Rows * Format.Depth];
        private readonly double[] right = new double[Format.Depth * Columns];
        private readonly float[] sums = new float[Columns];

        /// <summary>The product of an instruction, or null where it is none that is known.</summary>
        public static Product? Of(PtxInstruction instruction)
        {
            var match = MultiplyAsync().Match(instruction.Opcode);
            PtxOperand[] operands = [.. instruction.Operands];
            if (!match.Success || operands is not [PtxOperand.Vector sums, var left, PtxOperand.Register right, PtxOperand.Register addSums, .. var options])
            {
                return null;
            }

            var columns = int.Parse(match.Groups["columns"].Value, CultureInfo.InvariantCulture);
            var format = Format.Of(match.Groups["type"].Value);
            var leftIsInRegisters = left is PtxOperand.Vector { Elements.Count: LeftRegisters };
            var transposable = format.Bytes == 2 ? leftIsInRegisters ? 1 : 2 : 0;
            var fits = columns is > 0 and <= MaximumColumns && columns % 8 == 0
                && match.Groups["depth"].Value == format.Depth.ToString(CultureInfo.InvariantCulture)
                && sums.Elements.Count == columns / 2 && sums.Elements.Distinct().Count() == sums.Elements.Count
                && (leftIsInRegisters || left is PtxOperand.Register)
                && options.Length == 2 + transposable
                && options.Take(2).All(o => o is PtxOperand.Immediate { Bits: 1 or ulong.MaxValue })
                && options.Skip(2).All(o => o is PtxOperand.Immediate { Bits: 0 or 1 });
            return !fits ? null : new Product(
                match.Groups["shape"].Value, columns, format, sums.Elements, left, right, addSums,
                Sign: Number(options[0]) == Number(options[1]) ? 1 : -1,
                LeftAcross: transposable == 2 && Number(options[2]) == 1,
                RightAcross: transposable > 0 && Number(options[^1]) == 1);

            static ulong Number(PtxOperand operand) => ((PtxOperand.Immediate)operand).Bits;
        }

        /// <summary>Begins the product. It is computed at once, and what it reads and writes is kept from others until it has been waited for.</summary>
        public void Run(PtxThread[] threads)
        {
            var warpgroup = WarpgroupOf(threads);
            var number = warpgroup.Begin();
            var memory = threads[0].Block.Shared;
            var clock = threads[0].Block.Order.CommonTo(threads);
            var addSums = Uniform(threads, AddSums) != 0;
            if (Left is PtxOperand.Vector fragment)
            {
                ReadFragments(threads, fragment.Elements, number);
            }
            else
            {
                ReadMatrix(Uniform(threads, Left), Rows, LeftAcross, (row, depth, value) => left[(row * Format.Depth) + depth] = value);
            }

            ReadMatrix(Uniform(threads, Right), Columns, RightAcross, (column, depth, value) => right[(depth * Columns) + column] = Sign * value);
            foreach (var thread in threads)
            {
                foreach (var sum in Sums)
                {
                    thread.HandOver(sum, number, Shape);
                }
            }

            for (var row = 0; row < Rows; row++)
            {
                MultiplyRow(threads, row, addSums);
            }

            void ReadMatrix(ulong descriptor, int lines, bool across, Action<int, int, double> keep)
            {
                var matrix = new PtxMatrix(descriptor);
                var perVector = PtxSharedMemory.RowBytes / Format.Bytes;
                var (outer, vectors) = across ? (Format.Depth, lines / perVector) : (lines, Format.Depth / perVector);
                for (var i = 0; i < outer; i++)
                {
                    for (var vector = 0; vector < vectors; vector++)
                    {
                        var bytes = memory.ReadRow(warpgroup.Index, number, clock, across ? matrix.AcrossDepth(vector, i) : matrix.AlongDepth(i, vector));
                        for (var e = 0; e < perVector; e++)
                        {
                            var (value, place) = (Format.Decode(bytes[(e * Format.Bytes)..]), (vector * perVector) + e);
                            keep(across ? place : i, across ? i : place, value);
                        }
                    }
                }
            }
        }

        /// <summary>
        /// Register r of a thread holds of the 16 rows of its warp row lane / 4 + 8 * (r % 2), and depths from (4 / bytes) * (lane % 4) + (K / 2) * (r / 2) on.
        /// </summary>
        private void ReadFragments(PtxThread[] threads, IReadOnlyList<PtxOperand> registers, int number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            foreach (var thread in threads)
            {
                var (warp, lane) = (thread.Index % PtxBlock.WarpgroupSize / PtxBlock.WarpSize, thread.Index % PtxBlock.WarpSize);
                for (var r = 0; r < LeftRegisters; r++)
                {
                    thread.HandOver(registers[r], number, Shape);
                    TryWriteBytes(bytes, (uint)thread.HandedOver(registers[r]));
                    var (row, depth) = ((16 * warp) + (lane / 4) + (8 * (r % 2)), (sizeof(uint) / Format.Bytes * (lane % 4)) + (Format.Depth / 2 * (r / 2)));
                    for (var e = 0; e < sizeof(uint) / Format.Bytes; e++)
                    {
                        left[(row * Format.Depth) + depth + e] = Format.Decode(bytes[(e * Format.Bytes)..]);
                    }
                }
            }
        }

        /// <summary>
        /// One row of the sums, which four threads hold: of the 16 rows of a warp thread lane has row lane / 4 in registers with r / 2 even, the
        /// eighth after it in the others; columns 8 * (r / 4) + 2 * (lane % 4) + r % 2.
        /// </summary>
        private void MultiplyRow(PtxThread[] threads, int row, bool addSums)
        {
            var (first, odd) = ((row / 16 * PtxBlock.WarpSize) + (row % 8 * 4), row % 16 / 8);
            for (var column = 0; column < Columns; column++)
            {
                sums[column] = addSums ? ScalarInstructions.Single(threads[first + (column % 8 / 2)].HandedOver(Sums[Register(column)])) : 0;
            }

            TensorCoreSum.Add(left.AsSpan(row * Format.Depth, Format.Depth), right, sums);
            for (var column = 0; column < Columns; column++)
            {
                threads[first + (column % 8 / 2)].SetHandedOver(Sums[Register(column)], ScalarInstructions.Bits(sums[column]));
            }

            int Register(int column) => (column / 8 * 4) + (2 * odd) + (column % 2);
        }

        private static ulong Uniform(PtxThread[] threads, PtxOperand operand)
        {
            var value = threads[0].Value(operand);
            return Array.TrueForAll(threads, t => t.Value(operand) == value) ? value : throw new PtxException("the threads of the warpgroup name different matrices");
        }
    }

    /// <summary>A format of factors: its bytes, how many make a product's depth, and how it is read.</summary>
    private sealed record Format(int Bytes, Format.Reader Decode)
    {
        public delegate double Reader(ReadOnlySpan<byte> bytes);

        /// <summary>The depth of a product.</summary>
        public int Depth => 32 / Bytes;

        /// <summary>The format of a name.</summary>
        public static Format Of(string type) => type switch
        {
            "f16" => new Format(2, bytes => (double)UInt16BitsToHalf(ToUInt16(bytes))),
            "bf16" => new Format(2, bytes => UInt32BitsToSingle((uint)ToUInt16(bytes) << 16)),
            // The lower 13 bits of a tensor float are not looked at.
            _ => new Format(4, bytes => UInt32BitsToSingle(ToUInt32(bytes) & ~0x1FFFu)),
        };
    }
}
