using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Loader.Checkpoints;
using NUnit.Framework;
using NUnit.Framework.Constraints;

namespace Gpu.Tests.Kernels.Devices;

internal sealed class KernelLibraryTests
{
    /// <summary>A library from outside, loaded by its file.</summary>
    public static string Ladder => Path.Combine(TestContext.CurrentContext.TestDirectory, "KernelLadder.dll");

    [Test]
    public void Algorithms_of_a_library_follow_the_devices_own()
    {
        using var own = DeviceCatalog.Open("simulator");
        using var device = DeviceCatalog.Open("simulator", new DeviceOptions { AlgorithmProviders = KernelLibrary.Load(Ladder) });
        var names = device.ConvolutionAlgorithms.Select(a => a.Name).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(names.Take(own.ConvolutionAlgorithms.Count), Is.EqualTo(own.ConvolutionAlgorithms.Select(a => a.Name)));
            Assert.That(names.Skip(own.ConvolutionAlgorithms.Count).ToList(), Has.Count.EqualTo(5).And.All.StartsWith("ladder-"));
            Assert.That(device.AddedAlgorithms.Select(a => a.Name), Is.EqualTo(names.Skip(own.ConvolutionAlgorithms.Count)));
        });
    }

    [Test]
    public void A_library_offers_nothing_where_its_kernels_do_not_run()
    {
        using var device = DeviceCatalog.Open("cpu", new DeviceOptions { AlgorithmProviders = KernelLibrary.Load(Ladder) });
        Assert.That(device.AddedAlgorithms, Is.Empty);
    }

    [Test]
    public void What_is_no_library_is_told_apart()
    {
        var text = Path.Combine(TestFiles.OutputFolder(), "text.dll");
        File.WriteAllText(text, "no assembly");
        Assert.Multiple(() =>
        {
            Assert.That(() => KernelLibrary.Load("absent.dll"), Fails("There is no kernel library 'absent.dll'."));
            Assert.That(() => KernelLibrary.Load(text), Fails("is no .NET assembly"));
            Assert.That(() => KernelLibrary.Load(typeof(Checkpoint).Assembly.Location), Fails("has no public class that implements IAlgorithmProvider"));
            Assert.That(() => KernelLibrary.Load(typeof(FailingProvider).Assembly.Location), Fails("fails to start (InvalidOperationException: on purpose)"));
        });
    }

    [Test]
    public void A_library_for_another_version_is_refused()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "KernelLadder.dll");
        File.WriteAllBytes(path, WithReference("Gpu.Kernels", majorVersion: 77));
        Assert.That(() => KernelLibrary.Load(path), Fails("was built against Gpu.Kernels 77."));
    }

    [Test]
    public void A_provider_that_fails_is_named()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Open(_ => throw new InvalidOperationException("on purpose.")), Fails("fails to create its algorithms for cpu (InvalidOperationException: on purpose)."));
            Assert.That(() => Open(_ => Lazily()), Fails("fails to create its algorithms for cpu"));
        });

        static IEnumerable<ConvolutionAlgorithm> Lazily()
        {
            yield return new Named("first");
            throw new InvalidOperationException("on purpose");
        }
    }

    [Test]
    public void Names_are_unique_and_fit_for_options()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Open(_ => [new Named("direct")]), Fails("has an algorithm 'direct', and cpu has one of that name already"));
            Assert.That(() => Open(_ => [new Named("twin"), new Named("twin")]), Fails("'twin'"));
            Assert.That(() => Open(_ => [new Named("a=b")]), Fails("named 'a=b'"));
            Assert.That(() => Open(_ => [new Named("")]), Fails("named ''"));
        });
    }

    [Test]
    public void A_kernel_that_fails_is_named()
    {
        using var device = DeviceCatalog.Open("simulator", new DeviceOptions { AlgorithmProviders = [new Provider(d => [new Unloadable(d)])] });
        using var scope = device.Enter();
        var (algorithm, specification) = (device.AddedAlgorithms.Single(), ConvolutionCase.Tiny[0].Specification);
        using var filter = algorithm.Prepare(new ArrayFilterSource(specification.Filter, [1f], [0f]));
        Assert.That(
            () => algorithm.Create(specification, filter),
            Throws.TypeOf<DeviceException>().With.Message.EqualTo("simulator cannot compile unloadable of Gpu.Tests (InvalidOperationException: on purpose)."));
    }

    [Test]
    public void The_template_takes_the_package_of_this_version()
    {
        var project = File.ReadAllText(Path.Combine(TestFiles.Repository, "templates", "vgg-kernel", "MyKernel.csproj"));
        Assert.That(project, Does.Contain($"Include=\"Gpu.Kernels\" Version=\"{typeof(KernelLibrary).Assembly.GetName().Version!.ToString(3)}\""));
    }

    private static ContainsConstraint Fails(string message) => Throws.TypeOf<KernelLibraryException>().With.Message.Contains(message);

    private static void Open(Func<Device, IEnumerable<ConvolutionAlgorithm>> create)
    {
        using var device = DeviceCatalog.Open("cpu", new DeviceOptions { AlgorithmProviders = [new Provider(create)] });
    }

    /// <summary>The ladder's assembly with another version of one that it refers to.</summary>
    private static byte[] WithReference(string name, ushort majorVersion)
    {
        var bytes = File.ReadAllBytes(Ladder);
        using var file = new PEReader(new MemoryStream(bytes));
        var metadata = file.GetMetadataReader();
        var row = metadata.AssemblyReferences.Single(r => metadata.GetString(metadata.GetAssemblyReference(r).Name) == name);
        var offset = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef)
            + ((MetadataTokens.GetRowNumber(row) - 1) * metadata.GetTableRowSize(TableIndex.AssemblyRef));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), majorVersion);
        return bytes;
    }

    private sealed class Provider(Func<Device, IEnumerable<ConvolutionAlgorithm>> create) : IAlgorithmProvider
    {
        public IEnumerable<ConvolutionAlgorithm> Create(Device device) => create(device);
    }

    private sealed class Unloadable(Device device) : AcceleratorAlgorithm(device)
    {
        public override string Name => "unloadable";

        protected override ConvolutionLaunch Load(ConvolutionSpecification specification) => throw new InvalidOperationException("on purpose.");
    }

    private sealed class Named(string name) : ConvolutionAlgorithm
    {
        public override string Name => name;

        public override string FilterLayout => name;

        public override PreparedFilter Prepare(FilterSource source) => throw new NotSupportedException();

        public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) => throw new NotSupportedException();

        protected override bool SupportsConvolution(ConvolutionSpecification specification) => true;
    }
}

/// <summary>Found when this assembly is loaded as a kernel library.</summary>
public sealed class FailingProvider : IAlgorithmProvider
{
    /// <summary>Fails.</summary>
    public FailingProvider() => throw new InvalidOperationException("on purpose");

    /// <inheritdoc/>
    public IEnumerable<ConvolutionAlgorithm> Create(Device device) => [];
}
