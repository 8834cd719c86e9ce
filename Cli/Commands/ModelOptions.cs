using System.CommandLine;
using System.Globalization;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Engine.Plans;
using Gpu.Engine.Preprocessing;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Commands;

/// <summary>The options of every command that runs the network, and the model that they ask for.</summary>
internal sealed class ModelOptions
{
    private readonly ComputeOptions compute = new();

    private readonly Option<string?> weights = new("--weights", "-w")
    {
        Description = "VGG checkpoint of TF-Slim, torchvision, timm or Keras. Default: what 'weights-tools fetch' fetched, else a bundled thin network.",
        HelpName = "FILE",
    };

    private readonly Option<string?> labels = new("--labels")
    {
        Description = "Class names, one a line. Default: ImageNet's where there are 1000.",
        HelpName = "FILE",
    };

    private readonly Option<bool> verbose = new("--verbose", "-v")
    {
        Description = "Print each layer with its algorithm, time and GFLOP/s.",
    };

    private readonly Option<bool> noOrient = new("--no-orient")
    {
        Description = "Ignore the EXIF orientation, as TensorFlow does.",
    };

    /// <summary>Adds the options to a command.</summary>
    public ModelOptions AddTo(Command command)
    {
        command.Add(weights);
        command.Add(labels);
        compute.AddTo(command);
        command.Add(noOrient);
        command.Add(verbose);
        return this;
    }

    /// <summary>How pictures are decoded.</summary>
    public ImageReadOptions ReadOptions(ParseResult parsed) => new() { ApplyOrientation = !parsed.GetValue(noOrient) };

    /// <summary>The classes of the network that a command line is going to name, for its completion: no checkpoint is opened.</summary>
    /// <param name="parsed">A command line, perhaps unfinished, of a command that has these options.</param>
    public static IReadOnlyList<ClassLabel> LikelyLabels(ParseResult parsed) =>
        (parsed.GetValue<string?>("--labels") ?? WeightsSource.Find(parsed.GetValue<string?>("--weights")).Labels) is { } file
            ? ClassLabels.Read(file)
            : ClassLabels.ImageNet;

    /// <summary>Loads the model; says on the error writer which network serves when none was named.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="maximumMemory">As <see cref="VggOptions.MaximumMemory"/>.</param>
    /// <param name="preprocessing">As <see cref="VggOptions.Preprocessing"/>.</param>
    public VggModel Load(ParseResult parsed, long? maximumMemory = null, PreprocessingOptions? preprocessing = null)
    {
        var error = parsed.InvocationConfiguration.Error;
        var source = WeightsSource.Find(parsed.GetValue(weights));
        if (source.Notice is { } notice)
        {
            GlobalOptions.Notices(parsed).WriteLine(notice);
        }

        var labelFile = parsed.GetValue(labels) ?? source.Labels;
        var model = VggModel.Load(source.Path, compute.Read(parsed) with
        {
            MaximumMemory = maximumMemory,
            Preprocessing = preprocessing ?? PreprocessingOptions.Default,
            Labels = labelFile is null ? null : ClassLabels.Read(labelFile),
            LayerObserver = parsed.GetValue(verbose) ? timing => error.WriteLine(LayerLine.Format(timing)) : null,
        });
        if (parsed.GetValue(verbose))
        {
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{model.Network}, {model.Parameters:N0} parameters, {model.ParameterBytes:N0} bytes and {model.ParameterBytesInPlace:N0} in the mapped file on {model.Device.Id} ({model.Device.Name}, {model.Device.Driver})"));
        }

        return model;
    }
}
