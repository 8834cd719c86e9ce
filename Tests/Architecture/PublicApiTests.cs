using System.Reflection;
using NUnit.Framework;

namespace Gpu.Tests.Architecture;

/// <summary>
/// The public surface of the libraries, listed in Tests/Data/public-api.txt: a change of it is a decision, and shows in review.
/// After a deliberate change copy the file that the failing test names over the listing.
/// </summary>
internal sealed class PublicApiTests
{
    [Test]
    public void The_public_surface_is_as_listed()
    {
        string[] assemblies = ["Gpu.Loader", "Gpu.Kernels", "Gpu.Engine"];
        var actual = assemblies.SelectMany(a => Describe(Assembly.Load(a))).ToList();
        var expected = File.ReadAllLines(TestFiles.Data("public-api.txt"));
        var proposal = Path.Combine(TestFiles.OutputFolder(), "public-api.txt");
        File.WriteAllLines(proposal, actual);
        Assert.That(actual, Is.EqualTo(expected), $"The public surface has changed; it is now as in {proposal}.");
    }

    private static IEnumerable<string> Describe(Assembly assembly) => assembly.GetExportedTypes()
        .OrderBy(t => t.FullName, StringComparer.Ordinal)
        .SelectMany(type => Members(type).Order(StringComparer.Ordinal).Prepend(Format(type)));

    private static IEnumerable<string> Members(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(m => IsVisible(m) && !IsGenerated(type, m))
        .Select(m => $"  {m.MemberType.ToString().ToLowerInvariant()} {m}");

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily) && (!method.IsSpecialName || method.IsConstructor),
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(a => a.IsPublic || a.IsFamily),
        _ => false,
    };

    /// <summary>Members that the compiler writes for records say nothing.</summary>
    private static bool IsGenerated(Type type, MemberInfo member) =>
        member.Name is "EqualityContract" or "PrintMembers" or "<Clone>$" or "Deconstruct"
        || (member.Name is "Equals" or "GetHashCode" or "ToString" && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null);

    private static string Format(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface"
            : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : "class";
        return $"{kind} {type.FullName}";
    }
}
