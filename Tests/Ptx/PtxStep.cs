namespace Gpu.Tests.Ptx;

/// <summary>How an instruction is carried out: by one thread, or by several that all have to meet it.</summary>
/// <param name="Alone">What it does to one thread, and where that goes on; null where others take part.</param>
/// <param name="Party">How many take part, 0 for the whole block.</param>
/// <param name="Together">What it does to all of them.</param>
internal sealed record PtxStep(Action<PtxThread>? Alone, int Party = 1, Action<PtxThread[]>? Together = null)
{
    /// <summary>The whole block as a party.</summary>
    public const int Block = 0;

    /// <summary>A step of one thread.</summary>
    public static PtxStep Of(Action<PtxThread> alone) => new(alone);

    /// <summary>A step of several threads.</summary>
    public static PtxStep Of(int party, Action<PtxThread[]> together) => new(null, party, together);
}
