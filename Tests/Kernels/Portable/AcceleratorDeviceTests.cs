using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Kernels.Tensors;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Portable;

/// <summary>What the accelerators have beyond the operations: memory, admission, refusals. Shown on the simulator.</summary>
[TestFixture]
internal sealed class AcceleratorDeviceTests
{
    private static readonly Shape Shape = new(2, 3, 5, 7);

    private AcceleratorDevice device = null!;

    [SetUp]
    public void Open() => device = (AcceleratorDevice)DeviceCatalog.Open("simulator");

    [TearDown]
    public void Close() => device.Dispose();

    [Test]
    public void A_tensor_comes_back_as_it_went_and_has_no_halo()
    {
        using var scope = device.Enter();
        using var buffer = device.Allocate(device.StorageBytes(Shape, halo: 3));
        var tensor = device.View(buffer, Shape, halo: 3);
        var values = RandomArray.Uniform(Shape.Elements, seed: 1);
        var result = new float[values.Length];
        tensor.Upload(values);
        tensor.Download(result);
        Assert.Multiple(() =>
        {
            Assert.That(result, Is.EqualTo(values));
            Assert.That(tensor.Halo, Is.Zero);
            Assert.That(() => tensor.Upload(values.AsSpan(1)), Throws.ArgumentException);
        });
    }

    [Test]
    public void A_tensor_of_halves_takes_half_the_memory_and_is_refused_where_float32_is_wanted()
    {
        using var scope = device.Enter();
        using var buffer = device.Allocate(device.StorageBytes(Shape, halo: 0));
        using var pool = device.CreateMaxPool(Shape);
        var tensor = device.View(buffer, Shape, halo: 0, ProductPrecision.Float16);
        var output = device.View(buffer, pool.Output, halo: 0);
        Assert.Multiple(() =>
        {
            Assert.That(2 * device.StorageBytes(Shape, halo: 0, ProductPrecision.Float16), Is.EqualTo(buffer.Bytes));
            Assert.That(tensor.Precision, Is.EqualTo(ProductPrecision.Float16));
            Assert.That(() => device.View(buffer, Shape, halo: 0, ProductPrecision.TensorFloat32x3), Throws.ArgumentException);
            Assert.That(() => pool.Run(tensor, output), Throws.ArgumentException.With.Message.Contains("stored as Float32, found Float16"));
            Assert.That(() => tensor.Upload(new float[Shape.Elements]), Throws.InvalidOperationException);
        });
    }

    [Test]
    public void Freed_memory_counts_as_free()
    {
        using var scope = device.Enter();
        var buffer = device.Allocate(1001);
        Assert.That(device.Memory.AllocatedBytes, Is.EqualTo(1004));
        buffer.Dispose();
        buffer.Dispose();
        Assert.That(device.Memory.AllocatedBytes, Is.Zero);
    }

    [Test]
    public void More_memory_than_there_is_is_refused_with_both_numbers()
    {
        using var scope = device.Enter();
        var bytes = device.Info.MemoryBytes * 4;
        Assert.That(
            () => device.Allocate(bytes),
            Throws.TypeOf<DeviceException>().With.Message.Contains($"{bytes:N0} bytes").And.Message.Contains($"{device.Info.MemoryBytes:N0} are available"));
    }

    [Test]
    public void A_tensor_larger_than_its_buffer_is_refused()
    {
        using var scope = device.Enter();
        using var buffer = device.Allocate(device.StorageBytes(Shape, halo: 0) - sizeof(float));
        Assert.That(() => device.View(buffer, Shape, halo: 0), Throws.ArgumentException);
    }

    [Test]
    public void A_shape_beyond_32_bit_indices_is_refused()
    {
        using var scope = device.Enter();
        Assert.That(() => device.CreateMaxPool(new Shape(1, 1 << 16, 1 << 16, 1)), Throws.TypeOf<DeviceException>().With.Message.Contains("at most"));
    }

    [Test]
    public void Tensors_and_filters_of_another_device_are_refused()
    {
        using var other = (AcceleratorDevice)DeviceCatalog.Open("simulator");
        using var scope = device.Enter();
        using var otherScope = other.Enter();
        using var pool = device.CreateMaxPool(Shape);
        var (buffer, tensor) = OperationRunner.Upload(other, Shape, RandomArray.Uniform(Shape.Elements, seed: 1));
        var specification = ConvolutionCase.Tiny[1].Specification;
        var filter = other.ConvolutionAlgorithms[0].Prepare(new ArrayFilterSource(
            specification.Filter, RandomArray.Uniform(specification.Filter.Elements, seed: 1), RandomArray.Uniform(specification.Filter.OutputChannels, seed: 2)));
        using (buffer)
        using (filter)
        {
            Assert.Multiple(() =>
            {
                Assert.That(() => pool.Run(tensor, tensor), Throws.ArgumentException);
                Assert.That(() => device.View(buffer, Shape, halo: 0), Throws.ArgumentException);
                Assert.That(() => device.ConvolutionAlgorithms[^1].Create(specification, filter), Throws.ArgumentException);
            });
        }
    }

    [Test]
    public void Matrix_vector_is_preferred_for_few_positions_only()
    {
        var preferred = new List<string>();
        foreach (var batch in new[] { 1, 8, 9 })
        {
            var specification = new ConvolutionSpecification(new Shape(batch, 1, 1, 4), new FilterShape(1, 1, 4, 4), Padding.Valid, Relu: false);
            preferred.Add(device.ConvolutionAlgorithms.First(a => a.Supports(specification)).Name);
        }

        Assert.That(preferred, Is.EqualTo(new[] { "matrix-vector", "matrix-vector", "implicit-gemm" }));
    }

    [Test]
    public void One_thread_at_a_time_is_admitted_and_only_once()
    {
        var second = new ManualResetEventSlim();
        Thread thread;
        using (device.Enter())
        {
            Assert.That(device.Enter, Throws.InvalidOperationException);
            thread = new Thread(() =>
            {
                using var scope = device.Enter();
                second.Set();
            });
            thread.Start();
            Assert.That(second.Wait(50), Is.False, "The second thread entered while the first was inside.");
        }

        Assert.That(second.Wait(5000), Is.True, "The second thread never entered.");
        thread.Join();
    }
}
