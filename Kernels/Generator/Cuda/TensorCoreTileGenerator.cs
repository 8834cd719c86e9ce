using Microsoft.CodeAnalysis;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>Writes the tiles of <c>TensorCoreKernels</c>: one for each format and width, named as <c>WideFloat16Tile</c>.</summary>
[Generator]
public sealed class TensorCoreTileGenerator : IIncrementalGenerator
{
    private const int WideOutputs = 128, NarrowOutputs = 64;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output =>
        {
            foreach (var format in TensorCoreFormat.All)
            {
                // A wide tile of two parts does not fit into 48 KiB.
                if (format.Parts == 1)
                {
                    output.AddSource($"Wide{format.Name}Tile.g.cs", Source($"Wide{format.Name}Tile", new TensorCoreTile(format, WideOutputs)));
                }

                output.AddSource($"Narrow{format.Name}Tile.g.cs", Source($"Narrow{format.Name}Tile", new TensorCoreTile(format, NarrowOutputs)));
            }
        });

    private static string Source(string name, TensorCoreTile tile)
    {
        var code = new AssemblyClass(name, "ITensorCoreTile");
        code.AddProperty("Outputs", tile.Outputs);
        code.AddProperty("FactorBytes", tile.Format.FactorBytes);
        code.AddProperty("Parts", tile.Format.Parts);
        code.AddProperty("Stages", tile.Format.Stages);
        code.AddOpen("DeclareText", tile.Declare());
        code.Add("CopyText", tile.Copy());
        code.AddOpen("WaitText", [$"cp.async.wait_group {tile.Format.Stages - 2};"]);
        code.Add("MultiplyText", tile.Multiply());
        code.Add("FinishText", tile.Finish(pooled: false, rounded: false));
        code.Add("FinishPooledText", tile.Finish(pooled: true, rounded: false));
        code.Add("FinishRoundedText", tile.Finish(pooled: false, rounded: true));
        code.Add("FinishPooledRoundedText", tile.Finish(pooled: true, rounded: true));
        code.AddMethod("Declare", "");
        code.AddMethod("Copy", "int place, long source, int bytes", "place", "source", "bytes");
        code.AddMethod("Wait", "");
        code.AddMethod("Multiply", "int rows, int columns", "rows", "columns");
        string[] end = ["end.Output", "end.Bias", "end.Pitch", "end.Rows", "end.Columns", "end.Least"];
        code.AddMethod("Finish", "TileEnd end", end);
        code.AddMethod("FinishPooled", "TileEnd end", end);
        code.AddMethod("FinishRounded", "TileEnd end", end);
        code.AddMethod("FinishPooledRounded", "TileEnd end", end);
        return code.ToString();
    }
}
