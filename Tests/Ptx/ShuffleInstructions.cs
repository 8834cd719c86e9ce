using System.Text.RegularExpressions;

namespace Gpu.Tests.Ptx;

/// <summary>Instructions by which all 32 threads of a warp exchange values, choose one of them or wait for each other (PTX ISA 9, sections 9.7.9.6, 9.7.13.1 and 9.7.13.16).</summary>
internal static partial class ShuffleInstructions
{
    private const ulong AllLanes = 0xFFFF_FFFF;

    /// <summary>The step of an instruction, or null where it is none that is known.</summary>
    public static PtxStep? Find(PtxInstruction instruction)
    {
        var (shuffle, operands) = (Shuffle().Match(instruction.Opcode), instruction.Operands);
        Action<PtxThread[]>? together = operands switch
        {
            [var result, var value, var lane, var clamp, _] when shuffle.Success => warp => Exchange(warp, shuffle.Groups["mode"].Value, result, value, lane, clamp),
            [PtxOperand.Pair pair, _] when instruction.Opcode == "elect.sync" => warp => Elect(warp, pair),
            [_] when instruction.Opcode == "bar.warp.sync" => warp => warp[0].Block.Order.Synchronise(warp),
            _ => null,
        };
        return together is null ? null : PtxStep.Of(PtxBlock.WarpSize, warp =>
        {
            CheckMask(warp, operands[^1]);
            together(warp);
        });
    }

    private static void CheckMask(PtxThread[] warp, PtxOperand mask)
    {
        if (Array.Exists(warp, t => (uint)t.Value(mask) != AllLanes))
        {
            throw new PtxException("a mask without all lanes of the warp is not understood");
        }
    }

    /// <summary>
    /// Each lane reads the lane that mode and operand name, if it lies in the same segment, else its own. Bits 8 to 12 of clamp are those
    /// of a lane's number that name its segment; bits 0 to 4 name the last lane that is read, for <c>up</c> the first, inside a segment.
    /// </summary>
    private static void Exchange(PtxThread[] warp, string mode, PtxOperand result, PtxOperand value, PtxOperand operand, PtxOperand clamp)
    {
        var values = Array.ConvertAll(warp, t => (uint)t.Value(value));
        foreach (var thread in warp)
        {
            var (lane, by, limits) = (thread.Index % PtxBlock.WarpSize, (int)thread.Value(operand) & 31, (int)thread.Value(clamp));
            var segment = (limits >> 8) & 31;
            var (first, limit) = (lane & segment, (lane & segment) | (limits & 31 & ~segment));
            var source = mode switch
            {
                "up" => lane - by,
                "down" => lane + by,
                "bfly" => lane ^ by,
                _ => first | (by & ~segment),
            };
            var inside = mode == "up" ? source >= limit : source <= limit;
            var (register, flag) = result is PtxOperand.Pair pair ? (pair.First, pair.Second) : (result, new PtxOperand.Sink());
            thread.Set(register, values[inside ? source : lane]);
            thread.Set(flag, inside ? 1UL : 0);
        }
    }

    /// <summary>The manual leaves open who is chosen, so it is not the first lane, which kernels might take for granted.</summary>
    private static void Elect(PtxThread[] warp, PtxOperand.Pair result)
    {
        foreach (var thread in warp)
        {
            thread.Set(result.First, PtxBlock.WarpSize - 1);
            thread.Set(result.Second, thread == warp[^1] ? 1UL : 0);
        }
    }

    [GeneratedRegex(@"^shfl\.sync\.(?<mode>up|down|bfly|idx)\.b32$")]
    private static partial Regex Shuffle();
}
