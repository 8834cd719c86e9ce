using System.CommandLine;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Catalogue.Queries;
using Gpu.Cli.Rendering;
using Gpu.Loader.Images;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg find QUERY</c></summary>
internal sealed class FindCommand
{
    private readonly Argument<string> query = new("QUERY")
    {
        Description = "Class names with AND, OR, NOT and parentheses; @left, @top-left, @center, ... says where, >5% how much of the picture.",
    };

    private readonly Option<string> database = DatabaseOption.Create();

    private readonly Option<int> top = new("--top", "-k") { Description = "Pictures to find.", HelpName = "N", DefaultValueFactory = _ => 20 };

    private readonly Option<OutputFormat> format =
        FormatOption.Create(OutputFormat.Text, OutputFormat.Json, OutputFormat.Jsonl, OutputFormat.Paths, OutputFormat.Csv);

    private readonly Option<bool> zero = new("--null", "-0") { Description = "Print paths with a zero byte after each, for 'xargs -0'." };

    private readonly Option<string?> sheet = new("--html") { Description = "Save a page with the pictures, small, and the boxes of what was asked for.", HelpName = "FILE" };

    private FindCommand()
    {
    }

    public static Command Create()
    {
        var options = new FindCommand();
        options.top.Require(n => n is >= 1 and <= 1_000_000, "--top is a number from 1 to 1000000.");
        var command = new Command(
            "find",
            """
            Find pictures by what they show and where, in a database of 'vgg index'. The best come first, by the sum of confidence x share of the regions asked for.

            Examples:
              vgg find "school bus@center AND flower pot@top-left"
              vgg find "(laptop>20% OR car@left) AND NOT face" --html found.html
              vgg find "wine bottle" -0 | xargs -0 cp -t bottles
            """)
        {
            options.query, options.database, options.top, options.format, options.zero, options.sheet,
        };
        command.SetAction(options.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var (text, nullEnded) = (parsed.GetValue(query)!, parsed.GetValue(zero));
        var wanted = parsed.GetValue(format);
        if (nullEnded && wanted is not (OutputFormat.Text or OutputFormat.Paths))
        {
            throw new UsageException("--null prints paths: leave out --format, or give --format paths.");
        }

        var tree = QueryParser.Parse(text);
        using var finder = PictureFinder.Open(parsed.GetValue(database)!);
        var (pictures, vanished) = finder.Find(tree, parsed.GetValue(top));
        var notices = GlobalOptions.Notices(parsed);
        if (parsed.GetValue(sheet) is { } file)
        {
            ContactSheet.Save(file, text, pictures, new ImageReadOptions { ApplyOrientation = finder.IsOriented });
            notices.WriteLine($"Saved {file}.");
        }

        FindWriter.Write(nullEnded ? OutputFormat.Paths : wanted, parsed.InvocationConfiguration.Output, pictures, nullEnded ? "\0" : Environment.NewLine);
        if (pictures.Count == 0)
        {
            notices.WriteLine("No picture answers the query.");
        }

        if (vanished > 0)
        {
            notices.WriteLine($"{vanished} more would, but their files are gone; 'vgg index --prune' forgets them.");
        }

        return ExitCode.Success;
    }
}
