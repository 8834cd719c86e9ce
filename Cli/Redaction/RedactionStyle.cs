namespace Gpu.Cli.Redaction;

/// <summary>How pixels are made unrecognisable.</summary>
/// <param name="Mode">What takes their place.</param>
/// <param name="Strength">Side of a block relative to the shorter side of the region, above 0 to 1. What a region keeps are the means of such blocks.</param>
/// <param name="Feather">Pixels over which the change fades out, beyond the region.</param>
internal sealed record RedactionStyle(RedactionMode Mode, double Strength, int Feather);
