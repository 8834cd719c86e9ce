using System.CommandLine;
using System.Globalization;
using Gpu.Cases;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg kernels</c></summary>
internal static class KernelsCommand
{
    private const string All = "all";

    /// <summary>Compute capabilities that the kernels are tested for, as 10 times major plus minor.</summary>
    private static readonly int[] Capabilities = [75, 80, 86, 89, 90];

    public static Command Create() => new(
        "kernels",
        """
        List, check, time and disassemble what computes the convolutions.

        Examples:
          vgg kernels list --device cpu
          vgg kernels bench --layer conv3_2 --algorithm all
          vgg kernels check --device cpu
          vgg kernels asm DirectKernels.Rows6x2
        """)
    {
        CreateList(),
        CreateBench(),
        CreateCheck(),
        CreateText(
            "ptx", "Print the PTX that ILGPU makes of a kernel for NVIDIA GPUs; no GPU is needed.", "vgg kernels ptx ImplicitGemmConvolution.Kernel",
            (kernel, capability) => kernel.Ptx(capability), takesCapability: true),
        CreateText(
            "sass", "Print a kernel's machine code for NVIDIA GPUs, with its registers, memory and spills, where ptxas and nvdisasm are installed.",
            "vgg kernels sass ImplicitGemmConvolution.Kernel --capability 90", Sass, takesCapability: true),
        CreateText(
            "opencl", "Print the OpenCL C that ILGPU makes of a kernel; no device is needed.", "vgg kernels opencl ImplicitGemmConvolution.Kernel",
            (kernel, _) => kernel.OpenCL(), takesCapability: false),
        CreateAsm(),
        CreateCompile(),
    };

    private static Command CreateList()
    {
        var compute = new ComputeOptions();
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var command = new Command(
            "list",
            """
            List the convolution algorithms of a device, and all kernels that the other commands take by name.

            Examples:
              vgg kernels list --device cpu
              vgg kernels list --format json
            """)
        {
            format,
        };
        compute.AddAlgorithmsTo(command);
        command.SetAction(parsed =>
        {
            using var device = compute.OpenDevice(parsed);
            KernelWriter.WriteList(parsed.GetValue(format), parsed.InvocationConfiguration.Output, device);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateBench()
    {
        var compute = new ComputeOptions();
        var layer = new Option<string>("--layer")
        {
            Description = $"One of {string.Join(", ", ConvolutionCase.Vgg16.Select(c => c.Name))}, another case of 'vgg kernels check', or all of VGG-16.",
            HelpName = "NAME",
            DefaultValueFactory = _ => All,
        };
        var algorithm = new Option<string>("--algorithm") { Description = "One that 'vgg kernels list' names, or all.", HelpName = "NAME", DefaultValueFactory = _ => All };
        var batch = new Option<int?>("--batch") { Description = "Images, 1 to 1024; by default as many as the case has, mostly 1.", HelpName = "N" };
        batch.Require(number => number is null or (>= 1 and <= 1024), "--batch is from 1 to 1024.");
        var runs = BoundedOption.Create("--runs", "Measurements; short runs are repeated in each.", 20, 1, 100_000);
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var command = new Command(
            "bench",
            """
            Time algorithms on layers of VGG-16, beside the device's peak and float64.

            Examples:
              vgg kernels bench --layer conv3_2 --algorithm all
              vgg kernels bench --device cpu --threads 1 --algorithm direct --format markdown
              vgg kernels bench --device cuda:0 --kernels my.dll --algorithm my-kernel
            """)
        {
            layer, algorithm, batch, runs, format,
        };
        compute.AddAlgorithmsTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var device = compute.OpenDevice(parsed);
                var roofs = RememberedRoofs.Of(device, measure: false, GlobalOptions.Notices(parsed), cancellationToken);
                var asked = parsed.GetValue(batch);
                var cases = Select(parsed.GetValue(layer)!, IsDebugger(device) ? ConvolutionCase.Tiny : ConvolutionCase.Vgg16).Select(c => c with
                {
                    Specification = c.Specification with { Input = c.Specification.Input with { Batch = asked ?? c.Specification.Input.Batch } },
                });
                var results = Run(device, cases, parsed.GetValue(algorithm)!, parsed.GetValue(runs), cancellationToken);
                KernelWriter.WriteTimes(parsed.GetValue(format), parsed.InvocationConfiguration.Output, device.Info, roofs, results);
                return results.TrueForAll(r => r.IsRight) ? ExitCode.Success : ExitCode.InputsFailed;
            },
            cancellationToken));
        return command;
    }

    private static Command CreateCheck()
    {
        var compute = new ComputeOptions();
        var name = new Option<string>("--case") { Description = "tiny, ragged, vgg16, one of their cases, or all that the device is quick enough for.", HelpName = "NAME", DefaultValueFactory = _ => All };
        var algorithm = new Option<string>("--algorithm") { Description = "One that 'vgg kernels list' names, or all.", HelpName = "NAME", DefaultValueFactory = _ => All };
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var command = new Command(
            "check",
            """
            Compare algorithms with float64 on the cases of the tests: remainders of every tile, both paddings, all layers of VGG-16. The table sums up the cases of each algorithm; the other formats have a row for each. Exit code 1 if one is wrong.

            Examples:
              vgg kernels check --device cpu
              vgg kernels check --case conv3_2 --algorithm direct --format json
              vgg kernels check --kernels my.dll --algorithm my-kernel
            """)
        {
            name, algorithm, format,
        };
        compute.AddAlgorithmsTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var device = compute.OpenDevice(parsed);
                var cases = Select(parsed.GetValue(name)!, IsDebugger(device) ? ConvolutionCase.Tiny : [.. ConvolutionCase.Ragged, .. ConvolutionCase.Vgg16]);
                var results = Run(device, cases, parsed.GetValue(algorithm)!, runs: 0, cancellationToken);
                KernelWriter.WriteChecks(parsed.GetValue(format), parsed.InvocationConfiguration.Output, results);
                return results.TrueForAll(r => r.IsRight) ? ExitCode.Success : ExitCode.InputsFailed;
            },
            cancellationToken));
        return command;
    }

    private static Command CreateText(string name, string description, string example, Func<DeviceKernel, int, string> text, bool takesCapability)
    {
        var kernel = new Argument<string>("NAME") { Description = "A kernel of 'vgg kernels list'." };
        kernel.CompletionSources.Add(_ => DeviceKernel.All.Select(k => k.Name));
        var kernels = KernelsOption.Create();
        var command = new Command(name, $"{description}\n\nExamples:\n  {example}") { kernel, kernels };
        var capability = new Option<int>("--capability")
        {
            Description = $"Compute capability, one of {string.Join(", ", Capabilities)}.",
            HelpName = "N",
            DefaultValueFactory = _ => DeviceKernel.DefaultCapability,
        };
        capability.Require(Capabilities.Contains, $"--capability is one of {string.Join(", ", Capabilities)}.");
        if (takesCapability)
        {
            command.Add(capability);
        }

        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var all = DeviceKernel.All.Concat(DeviceKernel.Of(KernelsOption.Read(parsed, kernels)));
                var number = takesCapability ? parsed.GetValue(capability) : (int?)null;
                parsed.InvocationConfiguration.Output.WriteLine(text(Find(all, parsed.GetValue(kernel)!, number), number ?? 0).TrimEnd());
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static Command CreateAsm()
    {
        var kernel = new Argument<string>("NAME") { Description = "A kernel of 'vgg kernels list'." };
        kernel.CompletionSources.Add(_ => HostKernel.All.Select(k => k.Name));
        var command = new Command(
            "asm",
            """
            Print what .NET's JIT makes of the processor's kernels whose names begin so, with the bytes of code and the vectors that go through the stack.

            Examples:
              vgg kernels asm DirectKernels.Rows6x2.avx2
            """)
        {
            kernel,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                parsed.InvocationConfiguration.Output.WriteLine(Asm(parsed.GetValue(kernel)!).TrimEnd());
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    /// <summary>Runs in a process of its own, whose JIT is told to print what it compiles.</summary>
    private static Command CreateCompile()
    {
        var names = new Argument<string[]>("NAME");
        var command = new Command(JitListing.CompileCommand, "Compile kernels of the processor.") { names };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            foreach (var name in parsed.GetValue(names)!)
            {
                HostKernel.All.Single(k => k.Name == name).Compile();
            }

            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Whether kernels run in a debugger, so that only tiny shapes are reasonable.</summary>
    private static bool IsDebugger(Device device) => device.Info.Kind == DeviceKind.Simulator;

    private static List<KernelResult> Run(Device device, IEnumerable<ConvolutionCase> cases, string algorithm, int runs, CancellationToken cancellationToken)
    {
        if (algorithm != All && device.ConvolutionAlgorithms.All(a => a.Name != algorithm))
        {
            throw new UsageException($"{device.Info.Id} has no algorithm '{algorithm}'; it has {string.Join(", ", device.ConvolutionAlgorithms.Select(a => a.Name))}.");
        }

        var results = new List<KernelResult>();
        using var scope = device.Enter();
        foreach (var trial in cases.Select(c => new KernelTrial(c.Name, c.Specification)))
        {
            results.AddRange(device.ConvolutionAlgorithms
                .Where(a => (algorithm == All || a.Name == algorithm) && a.Supports(trial.Specification))
                .Select(a => trial.Run(device, a, runs, cancellationToken)));
        }

        return results.Count > 0 ? results : throw new UsageException($"None of the cases is one that '{algorithm}' of {device.Info.Id} computes.");
    }

    private static IReadOnlyList<ConvolutionCase> Select(string name, IReadOnlyList<ConvolutionCase> all) => name switch
    {
        All => all,
        "tiny" => ConvolutionCase.Tiny,
        "ragged" => ConvolutionCase.Ragged,
        "vgg16" => ConvolutionCase.Vgg16,
        _ => ConvolutionCase.Ragged.Concat(ConvolutionCase.Vgg16).FirstOrDefault(c => c.Name == name) is { } one
            ? [one]
            : throw new UsageException($"There is no case '{name}'; there are {string.Join(", ", ConvolutionCase.Vgg16.Concat(ConvolutionCase.Ragged).Select(c => c.Name))}."),
    };

    private static DeviceKernel Find(IEnumerable<DeviceKernel> kernels, string name, int? capability)
    {
        var kernel = kernels.FirstOrDefault(k => k.Name == name) ?? throw new UsageException($"There is no kernel '{name}'; 'vgg kernels list' names them.");
        return capability is not { } number || kernel.Supports(number)
            ? kernel
            : throw new UsageException($"Kernel {name} is for compute capability {kernel.Capability}; name it with --capability.");
    }

    private static string Sass(DeviceKernel kernel, int capability)
    {
        var (report, code) = CudaAssembler.Assemble(kernel.Ptx(capability), kernel.TargetOf(capability));
        var comments = report.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Select(line => $"// {line}");
        return string.Join('\n', [.. comments, code]);
    }

    private static string Asm(string name)
    {
        var kernels = HostKernel.All.Where(k => k.Name.StartsWith(name, StringComparison.Ordinal)).ToList();
        return kernels.Count == 0
            ? throw new UsageException($"There is no kernel '{name}' of the processor; 'vgg kernels list' names them.")
            : string.Join("\n\n", kernels.Zip(JitListing.Of(kernels), (kernel, listing) => string.Create(
                CultureInfo.InvariantCulture, $"; {kernel.Name}: {listing.Bytes} bytes of code, {listing.StackAccesses} vectors through the stack\n{listing.Text}")));
    }
}
