namespace Gpu.WeightsTools.Fetching;

/// <summary>How far a step of a fetch is.</summary>
/// <param name="Step">What is being done to what.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes to do, if known.</param>
/// <param name="Note">Why it waits, if it does.</param>
internal readonly record struct FetchProgress(string Step, long Done, long? Total, string? Note = null);
