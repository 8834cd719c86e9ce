namespace Gpu.Tests.Ptx;

/// <summary>PTX that cannot be read, or a fault of a kernel that the interpreter found.</summary>
internal sealed class PtxException(string message) : Exception(message);
