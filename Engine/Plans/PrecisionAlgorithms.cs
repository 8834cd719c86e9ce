using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Plans;

/// <summary>Which of a device's own algorithms compute a layer in a precision.</summary>
internal static class PrecisionAlgorithms
{
    /// <summary>
    /// The algorithms, at least one: those that round as the precision says, or, where none of them takes the layer, those that do not
    /// round.
    /// </summary>
    /// <exception cref="DeviceException">The device does not compute in this precision, or has no algorithm.</exception>
    public static List<ConvolutionAlgorithm> For(Device device, NetworkLayer layer, ConvolutionSpecification specification, Precision precision)
    {
        var product = ProductOf(precision);
        var all = device.ConvolutionAlgorithms.Except(device.AddedAlgorithms).ToList();
        if (all.TrueForAll(a => a.ProductPrecision != product))
        {
            var remedy = product == ProductPrecision.BFloat16x3
                ? "device cpu of an Intel processor with AMX, under Linux"
                : "an NVIDIA GPU of compute capability 8.0 or newer";
            throw new DeviceException($"Device {device.Info.Id} does not multiply in {product}; use precision float32 or {remedy}.");
        }

        var weights = WeightsOf(precision, layer);
        if (precision is Precision.Float16Weights or Precision.Int20Weights or Precision.BFloat16x3Float16Weights && all.TrueForAll(a => a.WeightPrecision != weights))
        {
            var (stored, remedy) = weights == WeightPrecision.Float16
                ? ("float16", ", device cpu or an NVIDIA GPU of compute capability 8.0 or newer")
                : ("integers of 20 bits", " or device cpu");
            throw new DeviceException($"Device {device.Info.Id} does not store weights as {stored}; use precision float32{remedy}.");
        }

        var supporting = all.Where(a => a.Supports(specification)).ToLookup(a => (a.ProductPrecision, a.WeightPrecision));
        return new[] { (product, weights), (product, WeightPrecision.Float32), (ProductPrecision.Float32, weights), (ProductPrecision.Float32, WeightPrecision.Float32) }
            .Select(p => supporting[p].ToList()).FirstOrDefault(a => a.Count > 0)
            ?? throw new DeviceException($"Device {device.Info.Id} has no algorithm for layer {layer.Row.Name} with input {specification.Input}.");
    }

    private static WeightPrecision WeightsOf(Precision precision, NetworkLayer layer) => precision switch
    {
        Precision.Float16Weights or Precision.BFloat16x3Float16Weights => WeightPrecision.Float16,
        Precision.Float16 when layer.Row.Kind == VggLayerKind.FullyConnected => WeightPrecision.Float16,
        Precision.Int20Weights or Precision.BFloat16x3 => WeightPrecision.Int20,
        _ => WeightPrecision.Float32,
    };

    private static ProductPrecision ProductOf(Precision precision) => precision switch
    {
        Precision.Float16 => ProductPrecision.Float16,
        Precision.BFloat16 => ProductPrecision.BFloat16,
        Precision.TensorFloat32 => ProductPrecision.TensorFloat32,
        Precision.TensorFloat32x3 => ProductPrecision.TensorFloat32x3,
        Precision.BFloat16x3 or Precision.BFloat16x3Float16Weights => ProductPrecision.BFloat16x3,
        _ => ProductPrecision.Float32,
    };
}
