using System.CommandLine;

var root = new RootCommand("VGG-16 image classification and dense labelling.");
return root.Parse(args).Invoke();
