using Gpu.Engine;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Host;
using NUnit.Framework;
using NUnit.Framework.Internal;

namespace Gpu.Tests.Kernels;

/// <summary>
/// The devices on which every operation is tested. Each is opened once and shared; tests on one that is absent skip with the
/// reason. CUDA and OpenCL are test categories of their own.
/// </summary>
internal static class TestDevices
{
    private static readonly Dictionary<string, Func<Device>> Openers = new()
    {
        ["cpu-avx512"] = () => new HostDevice(new HostOptions { InstructionSet = HostInstructionSet.Avx512 }),
        ["cpu-avx2"] = () => new HostDevice(new HostOptions { InstructionSet = HostInstructionSet.Avx2 }),
        ["cpu-vector128"] = () => new HostDevice(new HostOptions { InstructionSet = HostInstructionSet.Vector128 }),
        ["simulator"] = () => DeviceCatalog.Open("simulator"),
        ["opencl:0"] = () => DeviceCatalog.Open("opencl:0"),
        ["cuda:0"] = () => DeviceCatalog.Open("cuda:0"),
    };

    private static readonly Dictionary<string, Lazy<Device>> Opened =
        Openers.ToDictionary(o => o.Key, o => new Lazy<Device>(o.Value));

    /// <summary>Arguments of the fixtures that run on every device.</summary>
    public static IEnumerable<TestFixtureData> All => Openers.Keys.Select(id =>
    {
        var fixture = new TestFixtureData(id);
        fixture.Properties.Set(PropertyNames.Category, id.Split(':')[0]);
        return fixture;
    });

    /// <summary>Opens a device or skips the test.</summary>
    public static Device Open(string id)
    {
        try
        {
            return Opened[id].Value;
        }
        catch (DeviceException absent)
        {
            // REQUIRE_OPENCL=1, for example, makes a missing OpenCL device a failure.
            if (Environment.GetEnvironmentVariable($"REQUIRE_{id.Split(':')[0].ToUpperInvariant()}") == "1")
            {
                Assert.Fail(absent.Message);
            }

            Assert.Ignore(absent.Message);
            throw;
        }
    }

    /// <summary>Skips the test where the processor has no unit for the precision.</summary>
    public static void RequirePrecision(Precision precision)
    {
        if (precision is Precision.BFloat16x3 or Precision.BFloat16x3Float16Weights && !AmxKernel.IsSupported)
        {
            Assert.Ignore("This processor has no AMX, or the system does not let the process use it.");
        }
    }

    /// <summary>Whether kernels run in a debugger here, so that only tiny shapes are reasonable.</summary>
    public static bool IsSlow(Device device) =>
        device.Info.Kind == DeviceKind.Simulator || device.Info.Driver.StartsWith("Oclgrind", StringComparison.Ordinal);
}
