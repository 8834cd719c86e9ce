using System.CommandLine;
using System.Globalization;
using Gpu.Engine;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Commands;

/// <summary>The option of how many pictures a run of the network takes.</summary>
internal sealed class BatchOption
{
    private const string Automatic = "auto";
    private const int Maximum = 1024;

    /// <summary>More gain nothing: the CPU's larger layers are busy with 8.</summary>
    private const int EnoughForCpu = 8;

    private const int EnoughForAccelerator = 64;

    /// <summary>With fewer pictures than this the first answer counts more than the last.</summary>
    private const int FewPictures = 16;

    private readonly Option<string> batch = new("--batch", "-b")
    {
        Description = "Pictures in a run of the network; auto: as many as pay on the device and fit into its memory.",
        HelpName = "N|auto",
        DefaultValueFactory = _ => Automatic,
    };

    /// <summary>Adds the option to a command.</summary>
    public BatchOption AddTo(Command command)
    {
        batch.Require(text => text == Automatic || Parse(text!) is >= 1 and <= Maximum, $"--batch is a number from 1 to {Maximum}, or auto.");
        command.Add(batch);
        return this;
    }

    /// <summary>What the option says, or chooses.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">The model that runs.</param>
    /// <param name="pictures">How many there are, or null where that is not known.</param>
    public int Read(ParseResult parsed, VggModel model, int? pictures) => Parse(parsed.GetValue(batch)!)
        ?? (pictures < FewPictures ? 1 : model.LargestBatch(model.Device.Kind == DeviceKind.Cpu ? EnoughForCpu : EnoughForAccelerator));

    private static int? Parse(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
