using static System.BitConverter;

namespace Gpu.Tests.Ptx;

/// <summary>Instructions that the 32 threads of a warp carry out together: matrix loads and products (PTX ISA 9, section 9.7.14).</summary>
internal static class WarpInstructions
{
    private const string LoadMatrices = "ldmatrix.sync.aligned.m8n8.x4.shared.b16";
    private const string LoadTransposedMatrices = "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16";
    private const string MultiplyHalves = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32";
    private const string MultiplyBrainFloats = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";
    private const string MultiplyTensorFloats = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";

    /// <summary>Whether an opcode is one of them.</summary>
    public static bool Knows(string opcode) =>
        opcode is LoadMatrices or LoadTransposedMatrices or MultiplyHalves or MultiplyBrainFloats or MultiplyTensorFloats;

    /// <summary>Runs one instruction for a warp.</summary>
    /// <exception cref="PtxException">Not all 32 threads meet it, or what they read and write is at fault.</exception>
    public static void Run(PtxInstruction instruction, PtxThread[] warp)
    {
        if (warp.Length != PtxBlock.WarpSize || warp.Any(t => t.Next != warp[0].Next))
        {
            throw new PtxException("not all 32 threads of the warp meet this instruction");
        }

        var operands = instruction.Operands;
        switch (instruction.Opcode)
        {
            case LoadMatrices or LoadTransposedMatrices:
                Load(warp, Elements(operands[0], 4), operands[1], instruction.Opcode == LoadTransposedMatrices);
                break;
            case MultiplyHalves:
                Multiply(warp, operands, 2, bits => (float)UInt16BitsToHalf((ushort)bits));
                break;
            case MultiplyBrainFloats:
                Multiply(warp, operands, 2, bits => UInt32BitsToSingle((uint)bits << 16));
                break;
            default:
                // The lower 13 bits of a tensor float are not looked at.
                Multiply(warp, operands, 1, bits => UInt32BitsToSingle((uint)bits & ~0x1FFFu));
                break;
        }
    }

    /// <summary>Thread 8 * i + r names row r of matrix i; thread t gets elements 2 * (t % 4) and the next of row t / 4 of each.</summary>
    private static void Load(PtxThread[] warp, IReadOnlyList<PtxOperand> destination, PtxOperand address, bool transposed)
    {
        var halves = new ulong[4, 8, 8];
        foreach (var thread in warp)
        {
            var start = thread.Value(address);
            if (start % 16 != 0)
            {
                throw new PtxException($"thread {thread.Index} gives a row at {start:x}, which is not aligned to 16");
            }

            for (var column = 0; column < 8; column++)
            {
                // Whoever names a row reads it here; whose register gets it makes no difference to a race.
                halves[thread.Index % 32 / 8, thread.Index % 8, column] = thread.Block.Shared.Read(thread.Index, start + (ulong)(2 * column), 2);
            }
        }

        foreach (var thread in warp)
        {
            var (row, column) = (thread.Index % 32 / 4, thread.Index % 4 * 2);
            for (var i = 0; i < 4; i++)
            {
                thread.Set(destination[i], transposed
                    ? halves[i, column, row] | (halves[i, column + 1, row] << 16)
                    : halves[i, row, column] | (halves[i, row, column + 1] << 16));
            }
        }
    }

    /// <summary>
    /// D = A B + C with A 16 x K, B K x 8. With group = lane / 4 and place = lane % 4, register r of A holds row group + 8 * (r % 2)
    /// and columns from packed * place + (K / 2) * (r / 2) on; register r of B holds rows from packed * place + (K / 2) * r on of column group; register r of C
    /// and D holds row group + 8 * (r / 2) and column 2 * place + r % 2.
    /// </summary>
    private static void Multiply(PtxThread[] warp, IReadOnlyList<PtxOperand> operands, int packed, Func<ulong, float> decode)
    {
        var (d, a, b, c) = (Elements(operands[0], 4), Elements(operands[1], 4), Elements(operands[2], 2), Elements(operands[3], 4));
        var half = packed * 4;
        var (left, right, results) = (new double[16 * 2 * half], new double[2 * half * 8], new float[16, 8]);
        foreach (var thread in warp)
        {
            var (group, place) = (thread.Index % 32 / 4, thread.Index % 4);
            for (var e = 0; e < packed; e++)
            {
                for (var r = 0; r < 4; r++)
                {
                    left[((group + (8 * (r % 2))) * 2 * half) + (packed * place) + e + (half * (r / 2))] = decode(thread.Value(a[r]) >> (16 * e));
                }

                for (var r = 0; r < 2; r++)
                {
                    right[(((packed * place) + e + (half * r)) * 8) + group] = decode(thread.Value(b[r]) >> (16 * e));
                }
            }
        }

        var sums = new float[8];
        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < sums.Length; column++)
            {
                sums[column] = ScalarInstructions.Single(Holder(row, column).Value(c[Register(row, column)]));
            }

            TensorCoreSum.Add(left.AsSpan(row * 2 * half, 2 * half), right, sums);
            for (var column = 0; column < sums.Length; column++)
            {
                results[row, column] = sums[column];
            }
        }

        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < sums.Length; column++)
            {
                Holder(row, column).Set(d[Register(row, column)], ScalarInstructions.Bits(results[row, column]));
            }
        }

        PtxThread Holder(int row, int column) => warp[(row % 8 * 4) + (column / 2)];

        static int Register(int row, int column) => (row / 8 * 2) + (column % 2);
    }

    private static IReadOnlyList<PtxOperand> Elements(PtxOperand operand, int count) =>
        operand is PtxOperand.Vector vector && vector.Elements.Count == count ? vector.Elements : throw new PtxException($"not {count} registers in braces");
}
