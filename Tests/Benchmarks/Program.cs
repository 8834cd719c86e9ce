using BenchmarkDotNet.Running;
using Gpu.Benchmarks;
using Gpu.Benchmarks.Peers;

if (args is ["loading-memory"])
{
    LoadingMemory.Print(Console.Out);
}
else if (args is ["competitor"])
{
    CompetitorBenchmark.Print(Console.Out);
}
else if (args is ["spin"])
{
    CompetitorBenchmark.Spin();
}
else if (args is ["peers", .. var filter])
{
    Console.WriteLine(PeersTable.Format([.. PeersBenchmark.Run(filter.FirstOrDefault() ?? string.Empty, Console.Error).Select(c => c.ToRecord())]));
}
else if (args is ["measure", var measured])
{
    BenchmarkMeasurement.Run(measured, Console.Error).Write(measured);
}
else if (args is ["gpu", var results, var gathered])
{
    GpuRecords.Gather(results).Write(gathered);
}
else if (args is ["page", var repository])
{
    BenchmarkPage.Write(repository);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(LoadingBenchmarks).Assembly).Run(args);
}
