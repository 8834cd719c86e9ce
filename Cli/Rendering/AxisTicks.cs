namespace Gpu.Cli.Rendering;

/// <summary>Which cells along an axis are numbered.</summary>
internal static class AxisTicks
{
    /// <summary>The least of 1, 2, 5, 10, 20, 50, ... that is not below <paramref name="least"/>.</summary>
    public static int Step(float least)
    {
        var step = 1;
        for (var turn = 0; step < least; turn++)
        {
            step = turn % 3 == 1 ? step / 2 * 5 : step * 2;
        }

        return step;
    }
}
