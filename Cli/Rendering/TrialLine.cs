using System.Globalization;
using Gpu.Engine.Plans;

namespace Gpu.Cli.Rendering;

/// <summary>What was found when a layer's algorithms were measured, on one line.</summary>
internal static class TrialLine
{
    /// <summary>"conv3/conv3_2  1x56x56x256  winograd-6x6 3.12 ms, winograd-4x4 3.58 ms, direct 8.40 ms".</summary>
    public static string Format(AlgorithmTrial trial)
    {
        var times = trial.Times.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Algorithm} {t.Time.TotalMilliseconds:F2} ms"));
        return $"{trial.Layer}  {trial.Specification.Input}  {string.Join(", ", times)}";
    }
}
