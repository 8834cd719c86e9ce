using ScottPlot;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Lets plots use the program's own typeface, as a machine may have no fonts at all.</summary>
internal sealed class PlotFont : IFontResolver
{
    /// <summary>Its family.</summary>
    public const string Name = "DejaVu Sans";

    private static readonly Lazy<bool> Installed = new(() =>
    {
        Fonts.FontResolvers.Insert(0, new PlotFont());
        Fonts.Default = Name;
        return true;
    });

    /// <summary>Makes plots use it from now on.</summary>
    public static void Use() => _ = Installed.Value;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? Lettering.LoadTypeface() : null;

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => CreateTypeface(fontName, bold: false, italic: false);
}
