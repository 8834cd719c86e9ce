namespace Gpu.Cli.Rendering;

/// <summary>Prints objects one by one: as the elements of a JSON array, or each on a line of its own.</summary>
internal sealed class JsonSequence(TextWriter output, bool isLines)
{
    private bool started;

    /// <summary>Prints the next object.</summary>
    public void Write<T>(T value)
    {
        if (isLines)
        {
            output.WriteLine(JsonText.SerializeLine(value));
            return;
        }

        output.WriteLine(started ? "," : "[");
        started = true;
        output.Write(JsonText.Serialize(value));
    }

    /// <summary>Ends the array.</summary>
    public void End()
    {
        if (!isLines)
        {
            output.WriteLine(started ? "\n]" : "[]");
        }
    }
}
