using System.Reflection;
using System.Runtime.CompilerServices;

namespace BrokerQueues.Abstractions.Tests;

/// <summary>What authors of processors, publishers and other packages take on with the Abstractions.</summary>
public sealed class DependencyTests
{
    private static readonly Assembly s_abstractions = typeof(ITaskManager).Assembly;

    [Fact]
    public void Only_abstractions_packages_are_needed() =>
        Assert.All(
            s_abstractions.GetReferencedAssemblies().Select(assembly => assembly.Name!),
            name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name.EndsWith(".Abstractions", StringComparison.Ordinal), name));

    [Fact]
    public void Nothing_but_tests_sees_the_internals() =>
        Assert.All(
            s_abstractions.GetCustomAttributes<InternalsVisibleToAttribute>(),
            friend => Assert.EndsWith(".Tests", friend.AssemblyName, StringComparison.Ordinal));

    [Fact]
    public void They_are_marked_as_fit_for_ahead_of_time_compilation() =>
        Assert.Contains(
            s_abstractions.GetCustomAttributes<AssemblyMetadataAttribute>(),
            metadata => metadata is { Key: "IsAotCompatible" or "IsTrimmable", Value: "True" });
}
