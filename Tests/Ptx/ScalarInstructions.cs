using static System.BitConverter;

namespace Gpu.Tests.Ptx;

/// <summary>Arithmetic of one thread, from the bits of up to three operands to the bits of the result (PTX ISA 9, section 9.7).</summary>
internal static class ScalarInstructions
{
    /// <summary>The function of an opcode, or null where it is none that is known.</summary>
    public static Func<ulong, ulong, ulong, ulong>? Find(string opcode) => opcode switch
    {
        "mov.b16" or "mov.u16" or "mov.s16" or "cvt.u16.u32" => (a, _, _) => (ushort)a,
        "mov.b32" or "mov.u32" or "mov.s32" or "mov.f32" or "cvt.u32.u64" or "cvt.s32.s64" => (a, _, _) => (uint)a,
        "mov.b64" or "mov.u64" or "mov.s64" or "mov.pred" => (a, _, _) => a,
        "cvt.u64.u32" => (a, _, _) => (uint)a,
        "cvt.s64.s32" => (a, _, _) => (ulong)(int)a,
        "cvt.u32.u16" => (a, _, _) => (ushort)a,
        "add.s32" or "add.u32" => (a, b, _) => (uint)(a + b),
        "add.s64" or "add.u64" => (a, b, _) => a + b,
        "sub.s32" or "sub.u32" => (a, b, _) => (uint)(a - b),
        "sub.s64" or "sub.u64" => (a, b, _) => a - b,
        "mul.lo.s32" or "mul.lo.u32" => (a, b, _) => (uint)(a * b),
        "mul.lo.s64" or "mul.lo.u64" => (a, b, _) => a * b,
        "mul.wide.u32" => (a, b, _) => (ulong)(uint)a * (uint)b,
        "mul.wide.s32" => (a, b, _) => (ulong)((long)(int)a * (int)b),
        "mad.lo.s32" or "mad.lo.u32" => (a, b, c) => (uint)(a * b + c),
        "mad.wide.u32" => (a, b, c) => ((ulong)(uint)a * (uint)b) + c,
        "mad.wide.s32" => (a, b, c) => (ulong)((long)(int)a * (int)b) + c,
        "mul.hi.u32" => (a, b, _) => ((ulong)(uint)a * (uint)b) >> 32,
        "div.s32" => (a, b, _) => (uint)((int)a / NotZero((int)b)),
        "rem.s32" => (a, b, _) => (uint)((int)a % NotZero((int)b)),
        "div.u32" => (a, b, _) => (uint)a / (uint)NotZero((int)b),
        "rem.u32" => (a, b, _) => (uint)a % (uint)NotZero((int)b),
        "neg.s32" => (a, _, _) => (uint)-(int)a,
        "min.s32" => (a, b, _) => (uint)Math.Min((int)a, (int)b),
        "max.s32" => (a, b, _) => (uint)Math.Max((int)a, (int)b),
        "min.u32" => (a, b, _) => Math.Min((uint)a, (uint)b),
        "max.u32" => (a, b, _) => Math.Max((uint)a, (uint)b),
        "shl.b32" => (a, b, _) => (uint)b < 32 ? (uint)a << (int)b : 0,
        "shl.b64" => (a, b, _) => (uint)b < 64 ? a << (int)b : 0,
        "shr.s32" => (a, b, _) => (uint)((int)a >> (int)Math.Min((uint)b, 31)),
        "shr.u32" or "shr.b32" => (a, b, _) => (uint)b < 32 ? (uint)a >> (int)b : 0,
        "shr.s64" => (a, b, _) => (ulong)((long)a >> (int)Math.Min((uint)b, 63)),
        "shr.u64" or "shr.b64" => (a, b, _) => (uint)b < 64 ? a >> (int)b : 0,
        "and.b32" => (a, b, _) => (uint)(a & b),
        "and.b64" => (a, b, _) => a & b,
        "or.b32" => (a, b, _) => (uint)(a | b),
        "or.b64" => (a, b, _) => a | b,
        "xor.b32" => (a, b, _) => (uint)(a ^ b),
        "xor.b64" => (a, b, _) => a ^ b,
        "not.b32" => (a, _, _) => (uint)~a,
        "and.pred" => (a, b, _) => a & b,
        "or.pred" => (a, b, _) => a | b,
        "xor.pred" => (a, b, _) => a ^ b,
        "not.pred" => (a, _, _) => a ^ 1,
        "selp.b32" or "selp.s32" or "selp.u32" or "selp.f32" => (a, b, c) => (uint)(c != 0 ? a : b),
        "selp.b64" or "selp.s64" or "selp.u64" => (a, b, c) => c != 0 ? a : b,
        "add.f32" or "add.rn.f32" => (a, b, _) => Bits(Single(a) + Single(b)),
        "sub.f32" or "sub.rn.f32" => (a, b, _) => Bits(Single(a) - Single(b)),
        "mul.f32" or "mul.rn.f32" => (a, b, _) => Bits(Single(a) * Single(b)),
        "fma.rn.f32" => (a, b, c) => Bits(MathF.FusedMultiplyAdd(Single(a), Single(b), Single(c))),
        "div.rn.f32" => (a, b, _) => Bits(Single(a) / Single(b)),
        "neg.f32" => (a, _, _) => Bits(-Single(a)),
        "abs.f32" => (a, _, _) => Bits(MathF.Abs(Single(a))),
        // The maximum and minimum of a number and what is none are the number.
        "max.f32" => (a, b, _) => Bits(MaxNumber(Single(a), Single(b))),
        "min.f32" => (a, b, _) => Bits(-MaxNumber(-Single(a), -Single(b))),
        // The device's error of two units in the last place is not imitated.
        "ex2.approx.f32" => (a, _, _) => Bits((float)Math.Pow(2, Single(a))),
        "cvt.rn.f32.s32" => (a, _, _) => Bits((int)a),
        "cvt.rn.f32.u32" => (a, _, _) => Bits((uint)a),
        "cvt.rzi.s32.f32" => (a, _, _) => (uint)(int)Single(a),
        "cvt.s32.u8" or "cvt.u32.u8" or "cvt.u16.u8" => (a, _, _) => (byte)a,
        "cvt.rn.f32.u16" => (a, _, _) => Bits((ushort)a),
        "cvt.f64.f32" => (a, _, _) => DoubleToUInt64Bits(Single(a)),
        "mul.f64" or "mul.rn.f64" => (a, b, _) => DoubleToUInt64Bits(UInt64BitsToDouble(a) * UInt64BitsToDouble(b)),
        "cvt.rn.f32.f64" => (a, _, _) => Bits((float)UInt64BitsToDouble(a)),
        "cvt.f32.f16" => (a, _, _) => Bits((float)UInt16BitsToHalf((ushort)a)),
        "cvt.rn.f16.f32" => (a, _, _) => HalfToUInt16Bits((Half)Single(a)),
        // The first operand goes to the upper half.
        "cvt.rn.f16x2.f32" => (a, b, _) => ((ulong)HalfToUInt16Bits((Half)Single(a)) << 16) | HalfToUInt16Bits((Half)Single(b)),
        "cvt.rn.bf16x2.f32" => (a, b, _) => ((ulong)UpperHalf(a) << 16) | UpperHalf(b),
        // To 11 significant bits, ties away from zero.
        "cvt.rna.tf32.f32" => (a, _, _) => float.IsFinite(Single(a)) ? ((uint)a + 0x1000) & ~0x1FFFu : (uint)a,
        _ => opcode.StartsWith("setp.", StringComparison.Ordinal) ? Comparison(opcode) : null,
    };

    /// <summary>Operands of a known opcode beside the result.</summary>
    public static int Inputs(string opcode) => opcode[..opcode.IndexOf('.', StringComparison.Ordinal)] switch
    {
        "cvt" => opcode is "cvt.rn.f16x2.f32" or "cvt.rn.bf16x2.f32" ? 2 : 1,
        "mov" or "neg" or "not" or "abs" or "ex2" => 1,
        "fma" or "mad" or "selp" => 3,
        _ => 2,
    };

    /// <summary>The number that 32 bits stand for.</summary>
    public static float Single(ulong bits) => UInt32BitsToSingle((uint)bits);

    /// <summary>The bits of a number.</summary>
    public static ulong Bits(float value) => SingleToUInt32Bits(value);

    private static Func<ulong, ulong, ulong, ulong>? Comparison(string opcode)
    {
        var parts = opcode.Split('.');
        if (parts.Length != 3)
        {
            return null;
        }

        Func<ulong, ulong, int>? order = parts[2] switch
        {
            "s32" => (a, b) => ((int)a).CompareTo((int)b),
            "u32" or "b32" => (a, b) => ((uint)a).CompareTo((uint)b),
            "s64" => (a, b) => ((long)a).CompareTo((long)b),
            "u64" or "b64" => (a, b) => a.CompareTo(b),
            _ => null,
        };
        if (order is not null)
        {
            return parts[1] switch
            {
                "eq" => (a, b, _) => Flag(order(a, b) == 0),
                "ne" => (a, b, _) => Flag(order(a, b) != 0),
                "lt" or "lo" => (a, b, _) => Flag(order(a, b) < 0),
                "le" or "ls" => (a, b, _) => Flag(order(a, b) <= 0),
                "gt" or "hi" => (a, b, _) => Flag(order(a, b) > 0),
                "ge" or "hs" => (a, b, _) => Flag(order(a, b) >= 0),
                _ => null,
            };
        }

        // Those that end in u are true where an operand is not a number.
        return parts[2] != "f32" ? null : parts[1] switch
        {
            "eq" => (a, b, _) => Flag(Single(a) == Single(b)),
            "ne" => (a, b, _) => Flag(Single(a) < Single(b) || Single(a) > Single(b)),
            "lt" => (a, b, _) => Flag(Single(a) < Single(b)),
            "le" => (a, b, _) => Flag(Single(a) <= Single(b)),
            "gt" => (a, b, _) => Flag(Single(a) > Single(b)),
            "ge" => (a, b, _) => Flag(Single(a) >= Single(b)),
            "equ" => (a, b, _) => Flag(!(Single(a) < Single(b) || Single(a) > Single(b))),
            "neu" => (a, b, _) => Flag(Single(a) != Single(b)),
            "ltu" => (a, b, _) => Flag(!(Single(a) >= Single(b))),
            "leu" => (a, b, _) => Flag(!(Single(a) > Single(b))),
            "gtu" => (a, b, _) => Flag(!(Single(a) <= Single(b))),
            "geu" => (a, b, _) => Flag(!(Single(a) < Single(b))),
            _ => null,
        };
    }

    /// <summary>A float32 rounded to bfloat16, ties to even.</summary>
    private static uint UpperHalf(ulong bits) => float.IsNaN(Single(bits)) ? 0x7FFFu : ((uint)bits + 0x7FFF + (((uint)bits >> 16) & 1)) >> 16;

    private static ulong Flag(bool value) => value ? 1UL : 0;

    private static float MaxNumber(float a, float b) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Max(a, b);

    private static int NotZero(int divisor) => divisor != 0 ? divisor : throw new PtxException("a division by zero");
}
