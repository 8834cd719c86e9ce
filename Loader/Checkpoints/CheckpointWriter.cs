using Gpu.Loader.Checkpoints.Safetensors;
using Gpu.Loader.Checkpoints.TensorFlowV1;
using Gpu.Loader.Checkpoints.TensorFlowV2;

namespace Gpu.Loader.Checkpoints;

/// <summary>Writes checkpoints. Values pass through a small buffer; files appear under their names only when they are complete.</summary>
public static class CheckpointWriter
{
    /// <summary>Writes a checkpoint in one file, or of TensorFlow V2 an index and one data shard.</summary>
    /// <param name="path">The file, of TensorFlow V2 the prefix; replaced if it exists.</param>
    /// <param name="format">The format.</param>
    /// <param name="tensors">The tensors, in any order; names are distinct.</param>
    /// <param name="progress">Told the bytes of values written so far.</param>
    /// <param name="cancellationToken">Looked at between pieces.</param>
    /// <exception cref="CheckpointException">
    /// The file cannot be written, for example because the disk is full, or the format cannot hold a tensor; nothing is left behind.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public static void Write(
        string path, CheckpointFormat format, IReadOnlyList<TensorSource> tensors, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        var pieces = new SourcePieces(progress, cancellationToken);
        switch (format)
        {
            case CheckpointFormat.TensorFlowV1:
                TensorFlowV1Writer.Write(path, tensors, pieces);
                break;
            case CheckpointFormat.TensorFlowV2:
                TensorFlowV2Writer.Write(path, tensors, pieces);
                break;
            case CheckpointFormat.Safetensors:
                SafetensorsWriter.Write(path, tensors, pieces);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, null);
        }
    }
}
