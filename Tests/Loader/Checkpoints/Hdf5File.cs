using Gpu.Loader.Checkpoints;
using PureHDF;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>HDF5 files as Keras lays them out, written by a library of its own.</summary>
internal static class Hdf5File
{
    /// <summary>Writes float32 tensors; the parts of their names are groups.</summary>
    public static void Write(string path, IEnumerable<TensorSource> tensors)
    {
        var file = new H5File();
        foreach (var tensor in tensors)
        {
            string[] parts = tensor.Name.Split('/');
            H5Group group = file;
            foreach (var part in parts.SkipLast(1))
            {
                if (!group.TryGetValue(part, out var inner))
                {
                    group.Add(part, inner = new H5Group());
                }

                group = (H5Group)inner;
            }

            var bytes = new byte[tensor.Bytes];
            tensor.Fill(0, bytes);
            var values = new float[bytes.Length / sizeof(float)];
            Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
            group.Add(parts[^1], new H5Dataset(values, fileDims: [.. tensor.Shape.Select(d => (ulong)d)]));
        }

        file.Write(path);
    }
}
