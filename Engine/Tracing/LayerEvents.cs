using System.Diagnostics.Tracing;

namespace Gpu.Engine.Tracing;

/// <summary>
/// Tells profilers of .NET when layers begin and end: <c>dotnet-trace collect --providers Gpu-Engine</c>. Nothing is told of a run
/// that a device replays as a whole.
/// </summary>
[EventSource(Name = "Gpu-Engine")]
internal sealed class LayerEvents : EventSource
{
    public static readonly LayerEvents Log = new();

    private LayerEvents()
    {
    }

    [Event(1, Opcode = EventOpcode.Start, Task = Tasks.Layer)]
    public void LayerStart(string layer, string algorithm) => WriteEvent(1, layer, algorithm);

    [Event(2, Opcode = EventOpcode.Stop, Task = Tasks.Layer)]
    public void LayerStop() => WriteEvent(2);

    /// <summary>What begins and ends.</summary>
    public static class Tasks
    {
        public const EventTask Layer = (EventTask)1;
    }
}
