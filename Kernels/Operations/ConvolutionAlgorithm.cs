namespace Gpu.Kernels.Operations;

/// <summary>
/// One way to compute convolutions on one device. Weights are prepared once per layer (packed, transformed, uploaded) and
/// shared by the operations of every input shape; an operation is created once per shape and run many times.
/// Each device lists its algorithms, the preferred first: a new one is a file and a line there, or comes with an
/// <see cref="Devices.IAlgorithmProvider"/>.
/// </summary>
public abstract class ConvolutionAlgorithm
{
    /// <summary>Name in tables, profiles and options, for example <c>implicit-gemm</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Name of the weights' arrangement: algorithms of one device with equal names share prepared filters.</summary>
    public abstract string FilterLayout { get; }

    /// <summary>How it stores weights.</summary>
    public virtual WeightPrecision WeightPrecision => WeightPrecision.Float32;

    /// <summary>How it rounds the factors of products.</summary>
    public virtual ProductPrecision ProductPrecision => ProductPrecision.Float32;

    /// <summary>Bound of the relative L2 error of a layer's outputs against float64, for random weights and inputs.</summary>
    public virtual double RelativeError => 1e-6;

    /// <summary>Whether it can compute the max pool that follows a convolution as a part of it.</summary>
    public virtual bool FusesMaxPool => false;

    /// <summary>Whether the algorithm computes this convolution here, with the pool if there is one, and reads and writes activations as they are stored.</summary>
    public bool Supports(ConvolutionSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        return (FusesMaxPool || !specification.Pooled) && SupportsPrecisions(specification) && SupportsConvolution(specification);
    }

    /// <summary>
    /// Estimated time for a supported specification, as the number of flops that the device's arithmetic units do in it: the algorithm
    /// of the smallest estimate is chosen, of equal ones the first listed. 0, as by default, for one preferred wherever it is supported.
    /// </summary>
    public virtual double EstimatedFlops(ConvolutionSpecification specification) => 0;

    /// <summary>
    /// Bytes that a layer's parameters will take once they are prepared, padding aside; by default those of float32. For those who
    /// want to know before they read any.
    /// </summary>
    /// <param name="filter">Shape of the weights.</param>
    /// <param name="isPinnable">Whether the source can pin the weights: see <see cref="FilterSource.TryPin"/>.</param>
    public virtual long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => sizeof(float) * (filter.Elements + filter.OutputChannels);

    /// <summary>Arranges a layer's parameters for this algorithm on its device.</summary>
    /// <param name="source">The parameters; only memory that it pins is kept.</param>
    public abstract PreparedFilter Prepare(FilterSource source);

    /// <summary>Makes the operation for one input shape.</summary>
    /// <param name="specification">A supported specification.</param>
    /// <param name="filter">A filter in this algorithm's <see cref="FilterLayout"/>; must outlive the operation.</param>
    /// <exception cref="ArgumentException">The filter is of another layout or shape, or the specification is not supported.</exception>
    public abstract Operation Create(ConvolutionSpecification specification, PreparedFilter filter);

    /// <summary>Whether the algorithm reads inputs and writes outputs as they are stored: by default only float32.</summary>
    protected virtual bool SupportsPrecisions(ConvolutionSpecification specification) =>
        (specification.InputPrecision, specification.OutputPrecision) == (ProductPrecision.Float32, ProductPrecision.Float32);

    /// <summary>Whether the algorithm computes this convolution here, whatever follows and however activations are stored.</summary>
    protected abstract bool SupportsConvolution(ConvolutionSpecification specification);

    /// <summary>Hands a filter on as the algorithm's own type after checking its shape.</summary>
    /// <exception cref="ArgumentException">The filter does not fit.</exception>
    protected static T Require<T>(ConvolutionSpecification specification, PreparedFilter filter)
        where T : PreparedFilter
    {
        specification.Validate();
        return filter is T own && own.Shape == specification.Filter
            ? own
            : throw new ArgumentException($"The prepared filter ({filter.Layout}, {filter.Shape}) does not fit filter {specification.Filter}.");
    }
}

/// <summary>A layer's weights and bias on a device, arranged for algorithms of one <see cref="ConvolutionAlgorithm.FilterLayout"/>; immutable.</summary>
public abstract class PreparedFilter : IDisposable
{
    /// <summary>Describes the filter.</summary>
    protected PreparedFilter(string layout, FilterShape shape)
    {
        Layout = layout;
        Shape = shape;
    }

    /// <summary>Arrangement, as <see cref="ConvolutionAlgorithm.FilterLayout"/> names it.</summary>
    public string Layout { get; }

    /// <summary>Shape of the weights before they were arranged.</summary>
    public FilterShape Shape { get; }

    /// <summary>Memory held, in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>Bytes that are used where the source has them, and so are not held: see <see cref="FilterSource.TryPin"/>.</summary>
    public virtual long BytesInPlace => 0;

    /// <summary>Reads something of every page of memory of <see cref="BytesInPlace"/>, so that the process is seen to occupy what its runs will use.</summary>
    public virtual void TouchInPlace()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the memory.</summary>
    protected abstract void Dispose(bool disposing);
}
