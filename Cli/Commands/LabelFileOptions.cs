using System.CommandLine;
using Gpu.Cli.Rendering;

namespace Gpu.Cli.Commands;

/// <summary>The options of the files that label maps are saved to.</summary>
internal sealed class LabelFileOptions
{
    private readonly Option<string?> map = File("Save the map with its legend; for several pictures a folder.", "--output", "-o");
    private readonly Option<string?> overlay = File("Save the map drawn over the picture; likewise.", "--overlay");

    private readonly Option<float> opacity = new("--opacity")
    {
        Description = "How much the overlay's colours cover the picture, 0 to 1.",
        HelpName = "SHARE",

        // Enough to tell classes apart, little enough to see what they cover.
        DefaultValueFactory = _ => 0.5f,
    };

    private readonly Option<string?> numbers = File("Save the class indices as a NumPy matrix of int32.", "--npy");
    private readonly Option<string?> confidence = File("Save the confidences as a NumPy matrix of float32.", "--npy-confidence");

    /// <summary>Adds the options to a command.</summary>
    public LabelFileOptions AddTo(Command command)
    {
        opacity.Require(o => o is >= 0 and <= 1, "--opacity is a share from 0 to 1.");
        command.Add(map);
        command.Add(overlay);
        command.Add(opacity);
        command.Add(numbers);
        command.Add(confidence);
        return this;
    }

    /// <summary>What the options say.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="pictures">How many there are, or null where that is not known.</param>
    /// <param name="fullResolution">Whether labels for every pixel are asked for.</param>
    /// <exception cref="UsageException">The options do not go together.</exception>
    /// <exception cref="OutputFileException">A folder cannot be made.</exception>
    public LabelFiles Read(ParseResult parsed, int? pictures, bool fullResolution)
    {
        string?[] targets = [.. new[] { map, overlay, numbers, confidence }.Select(parsed.GetValue)];
        if (fullResolution && targets[..3].All(t => t is null))
        {
            throw new UsageException("--full-resolution changes the files: name --output, --overlay or --npy.");
        }

        if (targets.OfType<string>().GroupBy(Path.GetFullPath).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new UsageException($"'{twice.First()}' cannot be two results at once; name a place for each.");
        }

        OutputPlaces?[] places = [.. targets.Select(t => t is null ? null : new OutputPlaces(t, pictures))];
        return new LabelFiles(places[0], places[1], places[2], places[3], parsed.GetValue(opacity));
    }

    private static Option<string?> File(string what, params string[] names) =>
        new(names[0], names[1..]) { Description = what, HelpName = "FILE|FOLDER" };
}
