using System.Reflection;
using System.Runtime.Loader;

namespace Gpu.Kernels.Devices;

/// <summary>Algorithms from outside: assemblies that were built against this one and are loaded by their files' names.</summary>
public static class KernelLibrary
{
    /// <summary>What a library shares with this process: this assembly, and ILGPU, whose types its kernels take.</summary>
    private static readonly Dictionary<string, AssemblyName> Shared = typeof(KernelLibrary).Assembly.GetReferencedAssemblies()
        .Where(r => r.Name!.StartsWith("ILGPU", StringComparison.Ordinal))
        .Append(typeof(KernelLibrary).Assembly.GetName())
        .ToDictionary(name => name.Name!);

    /// <summary>Loads an assembly, for as long as the process lives, and makes its providers.</summary>
    /// <param name="path">The assembly's file; other assemblies that it needs lie beside it.</param>
    /// <returns>One of each public class that implements <see cref="IAlgorithmProvider"/>; at least one.</returns>
    /// <exception cref="KernelLibraryException">
    /// There is no such file, it is no assembly or was built against another version, or it has no provider or one that fails.
    /// </exception>
    public static IReadOnlyList<IAlgorithmProvider> Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
        {
            throw new KernelLibraryException($"There is no kernel library '{path}'.");
        }

        try
        {
            var assembly = new LoadContext(Path.GetFullPath(path)).Assembly;
            if (assembly.GetReferencedAssemblies().FirstOrDefault(r => Shared.TryGetValue(r.Name!, out var own) && r.Version != own.Version) is { } other)
            {
                throw new KernelLibraryException(
                    $"The kernel library '{path}' was built against {other.Name} {other.Version}, this program has {Shared[other.Name!].Version}; build it against that.");
            }

            IAlgorithmProvider[] providers =
            [
                .. assembly.GetExportedTypes()
                    .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IAlgorithmProvider)))
                    .Select(type => (IAlgorithmProvider)Activator.CreateInstance(type)!),
            ];
            return providers.Length > 0
                ? providers
                : throw new KernelLibraryException($"The kernel library '{path}' has no public class that implements {nameof(IAlgorithmProvider)}.");
        }
        catch (BadImageFormatException exception)
        {
            throw new KernelLibraryException($"The kernel library '{path}' is no .NET assembly.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TypeLoadException or MissingMethodException)
        {
            throw new KernelLibraryException($"The kernel library '{path}' cannot be loaded ({exception.Message.TrimEnd('.')}).", exception);
        }
        catch (TargetInvocationException exception)
        {
            var cause = exception.InnerException!;
            throw new KernelLibraryException($"The kernel library '{path}' fails to start ({cause.GetType().Name}: {cause.Message.TrimEnd('.')}).", exception);
        }
    }

    /// <summary>Finds what a library needs beside it, except what it shares with this process.</summary>
    private sealed class LoadContext : AssemblyLoadContext
    {
        private readonly AssemblyDependencyResolver resolver;

        public LoadContext(string path)
            : base(Path.GetFileNameWithoutExtension(path))
        {
            resolver = new AssemblyDependencyResolver(path);
            Assembly = LoadFromAssemblyPath(path);
        }

        /// <summary>The library.</summary>
        public Assembly Assembly { get; }

        /// <summary>Null leaves it to the process.</summary>
        protected override Assembly? Load(AssemblyName assemblyName) =>
            !Shared.ContainsKey(assemblyName.Name!) && resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }
}
