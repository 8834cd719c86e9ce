using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gpu.Cases;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

/// <summary>Where fully connected layers take their weights from, and that it does not matter for the result.</summary>
internal sealed class FullyConnectedTests
{
    /// <summary>Neither inputs nor outputs fill their last block, group or vector.</summary>
    private static readonly ConvolutionSpecification Ragged = new(new Shape(3, 7, 7, 21), new FilterShape(7, 7, 21, 37), Padding.Valid, Relu: true);

    private readonly float[] input = RandomArray.Uniform(Ragged.Input.Elements, seed: 1);
    private readonly ArrayFilterSource source = new(
        Ragged.Filter, RandomArray.Uniform(Ragged.Filter.Elements, seed: 2), RandomArray.Uniform(Ragged.Filter.OutputChannels, seed: 3));

    [Test]
    public void Weights_are_used_in_place_at_any_alignment([Values(1, 4, 20)] int shift)
    {
        using var device = new HostDevice();
        using var shifted = Algorithm(device).Prepare(new ShiftedSource(source, shift));
        Assert.That(shifted.BytesInPlace, Is.GreaterThan(sizeof(float) * Ragged.Filter.Elements * 3 / 4));
        Assert.That(shifted.Bytes, Is.LessThan(sizeof(float) * Ragged.Filter.Elements * 3 / 4));
        Assert.That(Run(device, shifted), Is.EqualTo(Run(device, source)));
    }

    [Test]
    public void Weights_in_another_order_are_packed([Values] HostInstructionSet instructionSet)
    {
        using var device = Open(new HostOptions { InstructionSet = instructionSet });
        using var packed = Algorithm(device).Prepare(new BlockwiseSource(source));
        Assert.That(packed.BytesInPlace, Is.Zero);
        Assert.That(packed.Bytes, Is.GreaterThan(sizeof(float) * Ragged.Filter.Elements));
        Assert.That(Run(device, packed), Is.EqualTo(Run(device, source)));
    }

    [Test]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        var results = new[] { 1, 2, 5 }.Select(threads =>
        {
            using var device = new HostDevice(new HostOptions { Threads = threads });
            return Run(device, source);
        }).ToList();
        Assert.That(results, Is.All.EqualTo(results[0]));
    }

    [Test]
    public void Float16_weights_that_need_no_rounding_give_the_same_bits([Values] HostInstructionSet instructionSet)
    {
        // Powers of two down to the smallest denormal that a float16 has beside the largest weight, far from 1.
        using var device = Open(new HostOptions { InstructionSet = instructionSet });
        var random = new Random(4);
        var powers = new float[Ragged.Filter.Elements];
        for (var i = 0; i < powers.Length; i++)
        {
            powers[i] = MathF.ScaleB(random.Next(2) == 0 ? 1 : -1, -50 - random.Next(38));
        }

        var exact = new ArrayFilterSource(Ragged.Filter, powers, new float[Ragged.Filter.OutputChannels]);
        Assert.That(Run(device, exact, "fully-connected-fp16"), Is.EqualTo(Run(device, exact)).And.Some.Positive);
    }

    [Test]
    public void Int20_weights_that_need_no_rounding_give_the_same_bits([Values] HostInstructionSet instructionSet)
    {
        // Integers of 20 bits with a power of two; the weights of every scale have the largest one among them.
        using var device = Open(new HostOptions { InstructionSet = instructionSet });
        var random = new Random(4);
        var integers = new float[Ragged.Filter.Elements];
        for (var i = 0; i < integers.Length; i++)
        {
            var (input, output) = (i / Ragged.Filter.OutputChannels % Ragged.Filter.InputChannels, i % Ragged.Filter.OutputChannels);
            var isLargest = input % FullyConnectedFilter.GroupRows == 0 && output % Vectors128.Count == 0;
            var magnitude = isLargest ? Int20Lanes.Largest : random.Next(Int20Lanes.Largest + 1);
            integers[i] = MathF.ScaleB(random.Next(2) == 0 ? magnitude : -magnitude, -60);
        }

        var exact = new ArrayFilterSource(Ragged.Filter, integers, new float[Ragged.Filter.OutputChannels]);
        Assert.That(Run(device, exact, "fully-connected-int20"), Is.EqualTo(Run(device, exact)).And.Some.Positive);
    }

    [Test]
    public void Tiny_and_zero_weights_are_stored_as_integers_too([Values(0, 1e-30f, 1e-20f)] float magnitude)
    {
        using var device = new HostDevice();
        var weights = RandomArray.Uniform(Ragged.Filter.Elements, seed: 2);
        var tiny = new ArrayFilterSource(Ragged.Filter, Array.ConvertAll(weights, w => w * magnitude), new float[Ragged.Filter.OutputChannels]);
        var expected = Array.ConvertAll(Run(device, tiny), v => (double)v);
        var actual = Run(device, tiny, "fully-connected-int20");
        Assert.That(actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max(), Is.LessThanOrEqualTo(1e-5 * expected.Max() + 1e-27));
    }

    [Test]
    public void Rounding_to_float16_is_that_of_the_runtime()
    {
        // Every float16 of both signs but not-a-numbers and infinities, what lies halfway to the next, and the neighbours of that.
        for (ushort bits = 0; bits < 0x7bff; bits++)
        {
            var value = (float)BitConverter.UInt16BitsToHalf(bits);
            var halfway = (value + (float)BitConverter.UInt16BitsToHalf((ushort)(bits + 1))) / 2;
            var values = Vector128.Create(value, halfway, MathF.BitDecrement(halfway), MathF.BitIncrement(halfway));
            AssertRounded(values);
            AssertRounded(-values);
        }

        static void AssertRounded(Vector128<float> values)
        {
            var rounded = Float16Lanes.Round(values);
            for (var lane = 0; lane < Vector128<float>.Count; lane++)
            {
                if (rounded[lane] != BitConverter.HalfToUInt16Bits((Half)values[lane]))
                {
                    Assert.Fail($"{values[lane]:R} became {rounded[lane]:x4}.");
                }
            }
        }
    }

    [Test]
    public void Rounded_weights_take_less_memory(
        [Values] HostInstructionSet instructionSet, [Values("fully-connected-fp16", "fully-connected-int20")] string algorithm)
    {
        using var device = Open(new HostOptions { InstructionSet = instructionSet });

        // Whole groups and vectors of every instruction set: nothing but scales is added, one for 8 rows of a vector.
        var shape = new FilterShape(7, 7, 24, 48);
        var even = new ArrayFilterSource(shape, RandomArray.Uniform(shape.Elements, seed: 2), RandomArray.Uniform(shape.OutputChannels, seed: 3));
        using var rounded = Algorithm(device, algorithm).Prepare(even);
        using var whole = Algorithm(device).Prepare(new BlockwiseSource(even));
        Assert.That(rounded.BytesInPlace, Is.Zero);
        Assert.That(rounded.Bytes, Is.LessThan(whole.Bytes * (algorithm.EndsWith("fp16", StringComparison.Ordinal) ? 0.54 : 0.67)));
    }

    [Test]
    public void Rounded_weights_that_are_no_numbers_show(
        [Values(float.PositiveInfinity, float.NaN)] float weight, [Values("fully-connected-fp16", "fully-connected-int20")] string algorithm)
    {
        using var device = new HostDevice();
        var weights = new float[Ragged.Filter.Elements];
        weights[0] = weight;
        Assert.That(Run(device, new ArrayFilterSource(Ragged.Filter, weights, new float[Ragged.Filter.OutputChannels]), algorithm), Has.Some.NaN);
    }

    private static ConvolutionAlgorithm Algorithm(HostDevice device, string name = "fully-connected") =>
        device.ConvolutionAlgorithms.Single(a => a.Name == name);

    private static HostDevice Open(HostOptions options)
    {
        try
        {
            return new HostDevice(options);
        }
        catch (Gpu.Kernels.Devices.DeviceException absent)
        {
            Assert.Ignore(absent.Message);
            throw;
        }
    }

    private float[] Run(HostDevice device, FilterSource filter, string algorithm = "fully-connected")
    {
        using var prepared = Algorithm(device, algorithm).Prepare(filter);
        return Run(device, prepared);
    }

    private float[] Run(HostDevice device, PreparedFilter filter)
    {
        using var operation = Algorithm(device, filter.Layout).Create(Ragged, filter);
        return OperationRunner.Run(device, operation, input);
    }

    /// <summary>A filter that begins a few bytes behind the start of its memory.</summary>
    private sealed unsafe class ShiftedSource(ArrayFilterSource source, int shift) : FilterSource(source.Shape)
    {
        public override bool TryGetWhole(out ReadOnlySpan<float> hwio)
        {
            hwio = default;
            return false;
        }

        public override bool TryPin(out MemoryHandle hwio)
        {
            source.TryGetWhole(out var whole);
            var bytes = new byte[shift + (whole.Length * sizeof(float))];
            MemoryMarshal.AsBytes(whole).CopyTo(bytes.AsSpan(shift));
            var pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            hwio = new MemoryHandle((byte*)pinned.AddrOfPinnedObject() + shift, pinned);
            return true;
        }

        public override void Read(int firstInput, int inputs, int firstOutput, int outputs, Span<float> destination) =>
            source.Read(firstInput, inputs, firstOutput, outputs, destination);

        public override float[] ReadBiases() => source.ReadBiases();
    }
}
