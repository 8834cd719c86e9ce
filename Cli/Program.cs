using Gpu.Cli;

return await VggCommandLine.RunAsync(args, Console.Out, Console.Error);
