using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Gpu.Cli.Commands;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Rendering;

/// <summary>Prints which program runs on which machine.</summary>
internal static class VersionWriter
{
    private const int LabelWidth = 14;

    /// <summary>Instructions that the CPU kernels use, as this process may use them.</summary>
    private static readonly (string Name, bool IsPresent)[] Instructions =
    [
        ("AVX-512", Vector512.IsHardwareAccelerated && Avx512F.IsSupported),
        ("AVX2", Avx2.IsSupported),
        ("FMA", Fma.IsSupported),
        ("NEON", AdvSimd.IsSupported),
    ];

    public static void Write(OutputFormat format, TextWriter output)
    {
        var devices = DeviceCatalog.List();
        var processor = devices.Present.Single(d => d.Kind == DeviceKind.Cpu);
        string[] instructions = [.. Instructions.Where(i => i.IsPresent).Select(i => i.Name)];
        if (format == OutputFormat.Json)
        {
            output.WriteLine(JsonText.Serialize(new
            {
                Schema = Schemas.Version,
                Version = ProgramVersion.Number,
                ProgramVersion.Commit,
                Runtime = RuntimeInformation.FrameworkDescription,
                OperatingSystem = RuntimeInformation.OSDescription,
                RuntimeInformation.RuntimeIdentifier,
                Processor = processor.Name,
                Instructions = instructions,
                Cores = Environment.ProcessorCount,
                processor.MemoryBytes,
                Devices = devices.Present.Select(d => new { d.Id, d.Name, d.MemoryBytes, d.Driver }),
                Missing = devices.Missing.Select(m => new { Kind = Name(m.Kind), m.Reason }),
            }));
            return;
        }

        Line("vgg", ProgramVersion.Number);
        Line("commit", ProgramVersion.Commit ?? "unknown");
        Line("runtime", RuntimeInformation.FrameworkDescription);
        Line("system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})");
        Line("processor", processor.Name);
        Line("instructions", instructions.Length == 0 ? "none of those that the kernels know" : string.Join(", ", instructions));
        Line("cores", string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} that this process may use"));
        Line("memory", MemorySize.Format(processor.MemoryBytes));
        foreach (var device in devices.Present)
        {
            Line(device.Id, $"{device.Name}, {MemorySize.Format(device.MemoryBytes)}, {device.Driver}");
        }

        foreach (var missing in devices.Missing)
        {
            Line($"no {Name(missing.Kind)}", missing.Reason);
        }

        void Line(string label, string value) => output.WriteLine($"{label.PadRight(LabelWidth)}{value}");
    }

    private static string Name(DeviceKind kind) => kind.ToString().ToLowerInvariant();
}
