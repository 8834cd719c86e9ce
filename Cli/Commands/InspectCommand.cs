using System.CommandLine;
using Gpu.Cli.Rendering;
using Gpu.Engine.Networks;
using Gpu.Loader.Checkpoints;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg inspect [CHECKPOINT]</c></summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string?>("CHECKPOINT")
        {
            Description = "VGG checkpoint of TF-Slim, torchvision, timm or Keras. Default: as for classify.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var weights = new Option<string?>("--weights", "-w") { Description = "As for classify, where no CHECKPOINT is named.", HelpName = "FILE" };
        var size = new InputSizeOption();
        var format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var compute = new ComputeOptions();
        var command = new Command(
            "inspect",
            """
            Describe the network that a checkpoint holds: layers, parameters, flops and memory. Only the checkpoint's index is read; 'weights-tools verify' checks the values.

            Examples:
              vgg inspect vgg_16.ckpt
              vgg inspect vgg_16.ckpt --size 768x1024 --device cuda:0
              vgg inspect vgg19.safetensors --format markdown
            """)
        {
            file, weights, size.Option, format,
        };
        compute.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = compute.Read(parsed);
            using var checkpoint = Checkpoint.Open(parsed.GetValue(file) ?? WeightsSource.Find(parsed.GetValue(weights)).Path);
            using var device = options.OpenDevice();
            var description = NetworkDescription.Read(checkpoint, device, size.Read(parsed, batch: 1), options.Precision);
            NetworkWriter.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output, checkpoint, device.Info, description);
            return ExitCode.Success;
        });
        return command;
    }
}
