namespace Gpu.Cli.Redaction;

/// <summary>What takes the place of pixels that are not to be seen.</summary>
internal enum RedactionMode
{
    /// <summary>The means of large blocks, with smooth transitions between them.</summary>
    Blur,

    /// <summary>The means of large blocks.</summary>
    Pixelate,

    /// <summary>Black.</summary>
    Fill,
}
