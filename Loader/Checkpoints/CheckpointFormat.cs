namespace Gpu.Loader.Checkpoints;

/// <summary>Formats of checkpoints that can be read.</summary>
public enum CheckpointFormat
{
    /// <summary>TensorFlow before 0.12: one table file, or shards <c>-0000i-of-0000n</c>.</summary>
    TensorFlowV1,
}
