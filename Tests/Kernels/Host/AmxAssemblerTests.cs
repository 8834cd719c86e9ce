using Gpu.Kernels.Host;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

/// <summary>Instructions as the GNU disassembler reads them.</summary>
internal sealed class AmxAssemblerTests
{
    private static readonly (string Meaning, Action<AmxAssembler> Write, string Bytes)[] Instructions =
    [
        ("push rbx", a => a.Push(Register64.Rbx), "53"),
        ("pop rbx", a => a.Pop(Register64.Rbx), "5b"),
        ("mov rax, 64", a => a.Move(Register64.Rax, 64), "48c7c040000000"),
        ("mov r10, 7", a => a.Move(Register64.R10, 7), "49c7c207000000"),
        ("mov rsi, [rdi + 8]", a => a.Load(Register64.Rsi, Register64.Rdi, 8), "488b7708"),
        ("mov r11, [r9 + 88]", a => a.Load(Register64.R11, Register64.R9, 88), "4d8b5958"),
        ("add rsi, r9", a => a.Add(Register64.Rsi, Register64.R9), "4c01ce"),
        ("add r8, rdx", a => a.Add(Register64.R8, Register64.Rdx), "4901d0"),
        ("add r8, 2048", a => a.Add(Register64.R8, 2048), "4981c000080000"),
        ("dec r10", a => a.Decrement(Register64.R10), "49ffca"),
        ("prefetcht1 [r11]", a => a.PrefetchLevel2(Register64.R11), "490f1813"),
        ("prefetcht1 [rcx]", a => a.PrefetchLevel2(Register64.Rcx), "480f1811"),
        ("ret", a => a.Return(), "c3"),
        ("ldtilecfg [rdi]", a => a.LoadTileConfiguration(Register64.Rdi), "c4e2784907"),
        ("tilerelease", a => a.ReleaseTiles(), "c4e27849c0"),
        ("tilezero tmm3", a => a.ZeroTile(3), "c4e27b49d8"),
        ("tileloadd tmm6, [rcx + rax + 1024]", a => a.LoadTile(6, Register64.Rcx, Register64.Rax, 1024), "c4e27b4bb40100040000"),
        ("tileloadd tmm7, [r8 + rax]", a => a.LoadTile(7, Register64.R8, Register64.Rax), "c4c27b4bbc0000000000"),
        ("tileloadd tmm4, [rsi + r9]", a => a.LoadTile(4, Register64.Rsi, Register64.R9), "c4a27b4ba40e00000000"),
        ("tilestored [rsi + rax], tmm2", a => a.StoreTile(2, Register64.Rsi, Register64.Rax), "c4e27a4b940600000000"),
        ("tdpbf16ps tmm0, tmm4, tmm6", a => a.MultiplyAdd(0, 4, 6), "c4e24a5cc4"),
        ("tdpbf16ps tmm3, tmm5, tmm7", a => a.MultiplyAdd(3, 5, 7), "c4e2425cdd"),
    ];

    [Test]
    public void Instructions_are_encoded_as_the_manual_says()
    {
        Assert.Multiple(() =>
        {
            foreach (var (meaning, write, bytes) in Instructions)
            {
                var code = new AmxAssembler();
                write(code);
                Assert.That(Convert.ToHexStringLower(code.Code), Is.EqualTo(bytes), meaning);
            }
        });
    }

    [Test]
    public void A_jump_leads_back_from_its_end()
    {
        var code = new AmxAssembler();
        code.Return();
        var target = code.Here;
        code.Return();
        code.JumpBackIfNotZero(target);
        Assert.That(Convert.ToHexStringLower(code.Code), Is.EqualTo("c3c30f85f9ffffff"));
    }
}
