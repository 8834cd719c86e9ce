using Microsoft.CodeAnalysis;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>Writes the tiles of <c>WarpgroupKernels</c>: for each format a wide and a narrow one, named as <c>WideFloat16WarpgroupTile</c>.</summary>
[Generator]
public sealed class WarpgroupTileGenerator : IIncrementalGenerator
{
    private const int WideOutputs = 128, NarrowOutputs = 64;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output =>
        {
            foreach (var format in WarpgroupFormat.All)
            {
                Add("Wide", products: 1, WideOutputs, stages: 3);

                // Two parts leave no room for a second product.
                Add("Narrow", products: format.Parts == 1 ? 2 : 1, NarrowOutputs, stages: 4);

                void Add(string shape, int products, int outputs, int stages)
                {
                    var name = $"{shape}{format.Name}WarpgroupTile";
                    output.AddSource($"{name}.g.cs", Source(name, format, products, outputs, stages));
                }
            }
        });

    private static string Source(string name, WarpgroupFormat format, int products, int outputs, int stages)
    {
        var tile = new WarpgroupTile(format, products, outputs, stages);
        var code = new AssemblyClass(name, "IWarpgroupTile");
        code.AddProperty("Products", products);
        code.AddProperty("Outputs", outputs);
        code.AddProperty("FactorBytes", format.FactorBytes);
        code.AddProperty("Parts", format.Parts);
        code.AddProperty("Stages", stages);
        code.AddProperty("Rows", tile.Rows);
        code.AddProperty("PixelPitch", tile.PixelPitch);
        code.AddProperty("LeftBytes", tile.LeftBytes);
        code.AddProperty("RightBytes", tile.RightBytes);
        code.AddOpen("DeclareText", tile.Declare());
        code.AddMethod("Declare", "");
        code.Add("InitializeBarriersText", tile.InitializeBarriers());
        code.AddMethod("InitializeBarriers", "");
        code.Add("CopyLeftText", tile.CopyLeft());
        code.AddMethod("CopyLeft", "int place, long source, int entry", "place", "source", "entry");
        code.Add("StorePixelText", WarpgroupTile.StorePixel());
        code.AddMethod("StorePixel", "int entry, int index", "entry", "index");
        code.Add("CopyRightText", tile.CopyRight());
        code.AddMethod("CopyRight", "int place, long source, int barrier", "place", "source", "barrier");
        code.Add("AwaitText", WarpgroupTile.Await());
        code.AddMethod("Await", "int barrier, int parity", "barrier", "parity");
        code.Add("MultiplyText", tile.Multiply());
        code.AddMethod("Multiply", "int left, int right", "left", "right");
        for (var product = 0; product < 2; product++)
        {
            foreach (var rounded in new[] { true, false })
            {
                var suffix = $"{product}{(rounded ? "" : "Float32")}";
                AddFinish($"FinishUpper{suffix}", 0, pooled: false);
                AddFinish($"FinishLower{suffix}", 1, pooled: false);
                AddFinish($"FinishPooled{suffix}", 0, pooled: true);

                void AddFinish(string finish, int row, bool pooled)
                {
                    // A tile of one product has no second to store.
                    if (product < products)
                    {
                        code.Add($"{finish}Text", tile.Finish(product, row, pooled, rounded));
                        code.AddMethod(finish, "WarpgroupEnd end", "end.Output", "end.Bias", "end.Least", "end.Inside");
                    }
                    else
                    {
                        code.AddEmptyMethod(finish, "WarpgroupEnd end");
                    }
                }
            }
        }

        return code.ToString();
    }
}
