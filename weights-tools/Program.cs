using Gpu.WeightsTools;

return await WeightsCommandLine.RunAsync(args, Console.Out, Console.Error);
