using Gpu.Cli;

return await VggCommandLine.RunAsync(args, StandardOutput.Open(), Console.Error);
