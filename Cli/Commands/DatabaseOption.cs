using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary>The option of which picture database is meant.</summary>
internal static class DatabaseOption
{
    public static Option<string> Create() => new("--database", "-D")
    {
        Description = "The database, a file of 'vgg index'.",
        HelpName = "FILE",
        DefaultValueFactory = _ => "pictures.db",
    };
}
