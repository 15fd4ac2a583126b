using System.Reflection;

namespace BrokerQueues.Worker.Discovery;

/// <summary>Finds the classes with processors of an assembly.</summary>
internal static class AssemblyScan
{
    /// <summary>The classes that can be resolved. A base class is served by what derives from it; where nothing does, that is said.</summary>
    public static IEnumerable<Type> ProcessorClasses(Assembly assembly, ISet<string> leftOut)
    {
        var found = TypeScan.TypesOf(assembly, leftOut).Where(type => TypeScan.ProcessorMethods(type, leftOut).Count > 0).ToList();
        var usable = found.Where(type => WhyNot(type) is null).ToList();
        foreach (Type type in found.Where(type => WhyNot(type) is not null && !usable.Exists(other => DerivesFrom(other, type))))
        {
            leftOut.Add($"{type.FullName} has processors and {WhyNot(type)}, and no class of {assembly.GetName().Name} derives from it: none of them is used");
        }

        return usable;
    }

    private static string? WhyNot(Type type) =>
        type.IsInterface ? "is an interface (mark the methods of the class)" :
        type.ContainsGenericParameters ? "is an open generic class" :
        type is { IsAbstract: true, IsSealed: false } ? "is abstract" : null;

    private static bool DerivesFrom(Type type, Type ancestor)
    {
        for (Type? candidate = type.BaseType; candidate is not null; candidate = candidate.BaseType)
        {
            if (candidate == ancestor || (candidate.IsGenericType && candidate.GetGenericTypeDefinition() == ancestor))
            {
                return true;
            }
        }

        return false;
    }
}
