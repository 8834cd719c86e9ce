namespace Gpu.Loader.Checkpoints;

/// <summary>Formats of checkpoints.</summary>
public enum CheckpointFormat
{
    /// <summary>TensorFlow before 0.12: one table file, or shards <c>-0000i-of-0000n</c>.</summary>
    TensorFlowV1,

    /// <summary>TensorFlow since 0.12: <c>prefix.index</c> and <c>prefix.data-0000i-of-0000n</c>.</summary>
    TensorFlowV2,

    /// <summary>safetensors: a JSON header and raw values, as PyTorch models are shared today.</summary>
    Safetensors,

    /// <summary>HDF5, as Keras writes it.</summary>
    Hdf5,
}
