using System.Globalization;

namespace Gpu.Tests.Ptx;

/// <summary>Numbers as PTX writes them (PTX ISA, section 4.5): integers, <c>0f</c> and <c>0d</c> with the bits of a float.</summary>
internal static class PtxNumber
{
    /// <summary>The bits of a number; integers extend to 64 bits by their sign.</summary>
    public static bool TryParse(string text, out ulong bits)
    {
        bits = 0;
        if (text is ['0', 'f' or 'F', ..] && text.Length == 10)
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);
        }

        if (text is ['0', 'd' or 'D', ..] && text.Length == 18)
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);
        }

        if (text is ['0', 'x' or 'X', ..])
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);
        }

        var isSigned = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed);
        bits = (ulong)signed;
        return isSigned || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bits);
    }
}
