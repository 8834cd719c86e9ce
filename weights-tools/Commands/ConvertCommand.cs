using System.CommandLine;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Values;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools convert FILE OUTPUT</c></summary>
internal static class ConvertCommand
{
    private const string Keep = "keep";

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint of any format that is read, any of its shards, or their prefix." };
        var target = new Argument<string>("OUTPUT") { Description = "Checkpoint to write." };
        var format = FileFormats.CreateOption();
        var type = new Option<string>("--type")
        {
            Description = "keep, float32 or float16: type of floating-point numbers; others are copied.",
            DefaultValueFactory = _ => Keep,
        };
        type.AcceptOnlyFromAmong(Keep, ElementType.Float32.Name(), ElementType.Float16.Name());
        var dropStrings = new Option<bool>("--drop-strings") { Description = "Leave out tensors of strings, which safetensors lacks." };
        var force = new Option<bool>("--force") { Description = "Replace OUTPUT if it exists." };
        var command = new Command(
            "convert",
            """
            Write a checkpoint in another format: the same tensors under the same names, bit for bit unless --type says otherwise.

            Examples:
              weights-tools convert vgg_16.ckpt vgg_16.safetensors
              weights-tools convert vgg_16.ckpt half.safetensors --type float16
              weights-tools convert vgg16_weights_tf_dim_ordering_tf_kernels.h5 keras --format v2
            """)
        {
            file, target, format, type, dropStrings, force,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var checkpoint = Checkpoint.Open(parsed.GetValue(file)!);
                var tensors = checkpoint.Tensors.Where(t => t.Type != ElementType.String || !parsed.GetValue(dropStrings)).Select(checkpoint.AsSource);
                if (parsed.GetValue(type) is { } name && name != Keep)
                {
                    var element = name == ElementType.Float16.Name() ? ElementType.Float16 : ElementType.Float32;
                    tensors = tensors.Select(t => TypeConversion.To(checkpoint.Path, t, element));
                }

                var request = new Request(parsed.GetValue(target)!, FileFormats.Parse(parsed.GetValue(format), parsed.GetValue(target)!), [.. tensors]);
                FileFormats.RequireFree(request.Path, request.Format, parsed.GetValue(force));
                Write(request, parsed.InvocationConfiguration, cancellationToken);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static void Write(Request request, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var total = request.Tensors.Sum(t => t.Bytes);
        ByteProgress.Show(console.Error, Path.GetFileName(request.Path), total, progress =>
        {
            CheckpointWriter.Write(request.Path, request.Format, request.Tensors, progress, cancellationToken);
            return total;
        });
        console.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{request.Path}  {request.Format}  {request.Tensors.Count} tensors  {total:N0} bytes"));
    }

    private sealed record Request(string Path, CheckpointFormat Format, IReadOnlyList<TensorSource> Tensors);
}
