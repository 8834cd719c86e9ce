using System.Text.RegularExpressions;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Instructions of one thread about mbarriers, the asynchronous proxy and bulk copies (PTX ISA 9, sections 9.7.13.15, 9.7.13.4 and
/// 9.7.9.25). Addresses are of shared memory; <c>.shared::cluster</c> is the block's own, as it is without clusters.
/// </summary>
internal static partial class BarrierInstructions
{
    /// <summary>What an instruction does to a thread, or null where it is none that is known.</summary>
    public static Action<PtxThread>? Find(PtxInstruction instruction)
    {
        PtxOperand[] operands = [.. instruction.Operands];
        if (Barrier().Match(instruction.Opcode) is { Success: true } match)
        {
            return OfBarrier(match.Groups["name"].Value, match.Groups["semantics"].Value, operands);
        }

        if (BulkCopy().Match(instruction.Opcode) is { Success: true } copy
            && operands is [PtxOperand.Address destination, PtxOperand.Address source, var bytes, PtxOperand.Address barrier, .. var policy]
            && policy.Length == (copy.Groups["hint"].Success ? 1 : 0))
        {
            return thread =>
            {
                // A hint changes nothing but has to be there.
                _ = policy.Length == 0 ? 0 : thread.Value(policy[0]);
                thread.Block.Barriers.BeginCopy(thread, thread.Value(destination), thread.Value(source), (uint)thread.Value(bytes), thread.Value(barrier));
            };
        }

        return (instruction.Opcode, operands) switch
        {
            ("fence.proxy.async" or "fence.proxy.async.shared::cta", []) => FenceProxy,
            ("fence.mbarrier_init.release.cluster", []) => thread => thread.Block.Barriers.FenceInitialisation(thread.Index),
            (var opcode, [PtxOperand.Register policyRegister]) when CachePolicy().IsMatch(opcode) => thread => thread.Set(policyRegister, 1),
            _ => null,
        };
    }

    private static Action<PtxThread>? OfBarrier(string name, string semantics, PtxOperand[] operands) => (name, semantics, operands) switch
    {
        ("init", "", [PtxOperand.Address at, var count]) => thread => thread.Block.Barriers.Initialise(thread.Index, thread.Value(at), (uint)thread.Value(count)),
        ("inval", "", [PtxOperand.Address at]) => thread => thread.Block.Barriers.Invalidate(thread.Index, thread.Value(at)),
        ("expect_tx", "" or "relaxed", [PtxOperand.Address at, var bytes]) => thread => Find(thread, at).Expect((uint)thread.Value(bytes)),
        ("arrive", "" or "release", [var state, PtxOperand.Address at]) => thread => thread.Set(state, (ulong)Find(thread, at).Arrive(thread.Index)),
        ("arrive", "" or "release", [var state, PtxOperand.Address at, var count]) =>
            thread => thread.Set(state, (ulong)Find(thread, at).Arrive(thread.Index, (uint)thread.Value(count))),
        ("arrive.expect_tx", "" or "release", [var state, PtxOperand.Address at, var bytes]) => thread => ArriveExpecting(thread, state, Find(thread, at), (uint)thread.Value(bytes)),
        ("try_wait" or "test_wait", "" or "acquire", [var complete, PtxOperand.Address at, var state]) =>
            thread => Poll(thread, complete, Find(thread, at), b => b.HasCompleted(thread.Index, (int)thread.Value(state))),
        ("try_wait.parity" or "test_wait.parity", "" or "acquire", [var complete, PtxOperand.Address at, var parity, .. var hint])
            when hint.Length == 0 || (hint.Length == 1 && name == "try_wait.parity") =>
            thread => Poll(thread, complete, Find(thread, at), b => b.HasCompletedParity(thread.Index, thread.Value(parity))),
        _ => null,
    };

    private static PtxPhaseBarrier Find(PtxThread thread, PtxOperand address) => thread.Block.Barriers.Find(thread.Index, thread.Value(address));

    private static void FenceProxy(PtxThread thread)
    {
        thread.Block.Barriers.FenceInitialisation(thread.Index);
        thread.Block.Order.FenceProxy(thread.Index);
    }

    private static void ArriveExpecting(PtxThread thread, PtxOperand state, PtxPhaseBarrier barrier, uint bytes)
    {
        barrier.Expect(bytes);
        thread.Set(state, (ulong)barrier.Arrive(thread.Index));
    }

    /// <summary>A thread that finds a phase incomplete is told so each time: a try may end before the phase does.</summary>
    private static void Poll(PtxThread thread, PtxOperand complete, PtxPhaseBarrier barrier, Predicate<PtxPhaseBarrier> hasCompleted)
    {
        var completed = hasCompleted(barrier);
        thread.Set(complete, completed ? 1UL : 0);
        thread.Polled = completed ? null : barrier;
    }

    [GeneratedRegex(
        @"^mbarrier\.(?<name>init|inval|expect_tx|arrive(\.expect_tx)?|(try_wait|test_wait)(\.parity)?)(\.(?<semantics>release|acquire|relaxed)\.(cta|cluster))?\.shared(::cta)?\.b64$")]
    private static partial Regex Barrier();

    [GeneratedRegex(@"^cp\.async\.bulk\.shared::(cta|cluster)\.global\.mbarrier::complete_tx::bytes(?<hint>\.L2::cache_hint)?$")]
    private static partial Regex BulkCopy();

    [GeneratedRegex(@"^createpolicy\.fractional\.L2::evict_(first|last|normal|unchanged)\.b64$")]
    private static partial Regex CachePolicy();
}
