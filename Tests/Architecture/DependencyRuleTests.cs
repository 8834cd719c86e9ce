using System.Xml.Linq;
using NUnit.Framework;

namespace Gpu.Tests.Architecture;

/// <summary>
/// Who may reference whom (docs/architecture.md): data flows from Loader and Kernels through Engine to Cli and never back.
/// Read from the assemblies themselves, so a reference that slips in by any way shows.
/// </summary>
internal sealed class DependencyRuleTests
{
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Gpu.Loader"] = [],
        ["Gpu.Kernels"] = [],
        ["Gpu.Engine"] = ["Gpu.Loader", "Gpu.Kernels"],
        ["vgg"] = ["Gpu.Engine", "Gpu.Loader", "Gpu.Kernels"],
        ["weights-tools"] = ["Gpu.Loader"],
    };

    private static readonly Dictionary<string, string[]> OwnersOfPackages = new()
    {
        ["ILGPU"] = ["Gpu.Kernels"],
        ["ILGPU.Algorithms"] = ["Gpu.Kernels"],
        ["StbImageSharp"] = ["Gpu.Loader"],
        ["MetadataExtractor"] = ["Gpu.Loader"],
        ["Google.Protobuf"] = ["Gpu.Loader"],
        ["Microsoft.Data.Sqlite"] = ["vgg"],
        ["ScottPlot"] = ["vgg"],
        ["SkiaSharp"] = ["vgg"],
        ["Spectre.Console"] = ["vgg", "weights-tools"],
        ["System.CommandLine"] = ["vgg", "weights-tools"],
    };

    private static IEnumerable<string> Assemblies => AllowedProjects.Keys;

    [TestCaseSource(nameof(Assemblies))]
    public void An_assembly_references_only_the_rooms_below_it(string assembly)
    {
        var own = References(assembly).Intersect(AllowedProjects.Keys);
        Assert.That(own, Is.SubsetOf(AllowedProjects[assembly]));
    }

    [TestCaseSource(nameof(Assemblies))]
    public void A_package_is_used_only_in_its_room(string assembly)
    {
        foreach (var (package, owners) in OwnersOfPackages)
        {
            if (References(assembly).Contains(package))
            {
                Assert.That(owners, Does.Contain(assembly), package);
            }
        }
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Every_dependency_has_its_reason_in_the_docs(string assembly)
    {
        var root = TestFiles.Repository;
        var project = Directory.GetFiles(root, "*.csproj", SearchOption.AllDirectories)
            .Single(p => assembly.EndsWith(Path.GetFileNameWithoutExtension(p), StringComparison.Ordinal)
                || (assembly == "vgg" && Path.GetFileName(p) == "Cli.csproj"));
        var documented = File.ReadAllText(Path.Combine(root, "docs", "dependencies.md"));
        foreach (var package in XDocument.Load(project).Descendants("PackageReference").Select(e => e.Attribute("Include")!.Value))
        {
            Assert.That(documented, Does.Contain($"`{package}`"));
        }
    }

    private static HashSet<string> References(string assembly) =>
        [.. System.Reflection.Assembly.Load(assembly).GetReferencedAssemblies().Select(r => r.Name!)];
}
