namespace Gpu.Engine.Tracing;

/// <summary>The time in which a layer is queued or run, for profilers that look on. Costs two comparisons where none does.</summary>
internal readonly ref struct LayerRange : IDisposable
{
    /// <summary>Begins.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <param name="algorithm">What computes it.</param>
    public LayerRange(string layer, string algorithm)
    {
        if (LayerEvents.Log.IsEnabled())
        {
            LayerEvents.Log.LayerStart(layer, algorithm);
        }

        if (NvidiaRanges.IsEnabled)
        {
            NvidiaRanges.Begin($"{layer} {algorithm}");
        }
    }

    /// <summary>Ends.</summary>
    public void Dispose()
    {
        if (NvidiaRanges.IsEnabled)
        {
            NvidiaRanges.End();
        }

        if (LayerEvents.Log.IsEnabled())
        {
            LayerEvents.Log.LayerStop();
        }
    }
}
