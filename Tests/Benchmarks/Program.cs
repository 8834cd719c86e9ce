using BenchmarkDotNet.Running;
using Gpu.Benchmarks;

if (args is ["loading-memory"])
{
    LoadingMemory.Print(Console.Out);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(LoadingBenchmarks).Assembly).Run(args);
}
