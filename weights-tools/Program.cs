using System.CommandLine;

var root = new RootCommand("Reads and writes the weights of VGG networks.");
return root.Parse(args).Invoke();
