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
    Console.WriteLine(PeersTable.Format(PeersBenchmark.Run(filter.FirstOrDefault() ?? string.Empty, Console.Error)));
}
else if (args is ["page", var repository])
{
    BenchmarkPage.Write(repository, Console.Error);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(LoadingBenchmarks).Assembly).Run(args);
}
