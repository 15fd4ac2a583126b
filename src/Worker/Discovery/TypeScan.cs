using System.Reflection;
using System.Runtime.CompilerServices;

namespace BrokerQueues.Worker.Discovery;

/// <summary>
/// Looks through types by reflection. One that does not load (its dependency is not deployed, say) is no reason to leave the others out:
/// what loads is used, and what does not is kept for the log.
/// </summary>
internal static class TypeScan
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The types of an assembly that load.</summary>
    public static IReadOnlyList<Type> TypesOf(Assembly assembly, ISet<string> leftOut)
    {
        string name = assembly.GetName().Name ?? assembly.ToString();
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            foreach (Exception? cause in exception.LoaderExceptions)
            {
                leftOut.Add($"a type of {name} does not load, and nothing that it declares is used: {cause?.Message}");
            }

            return [.. exception.Types.OfType<Type>()];
        }
#pragma warning disable CA1031 // What loading may come upon is not bounded: a file, its format, a module's own initialiser.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            leftOut.Add($"{name} does not load, and nothing that it declares is used: {exception.Message}");
            return [];
        }
    }

    /// <summary>The methods of a class that are marked as processors, inherited ones and private ones of its bases included.</summary>
    public static IReadOnlyList<MethodInfo> ProcessorMethods(Type type, ISet<string> leftOut)
    {
        IEnumerable<MethodInfo> methods = Read(
            () => type.GetMethods((Declared & ~BindingFlags.DeclaredOnly) | BindingFlags.FlattenHierarchy), $"the methods of {type.FullName}", leftOut) ?? [];
        for (Type? ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            Type declaring = ancestor;
            MethodInfo[] hidden = Read(() => declaring.GetMethods(Declared), $"the methods of {declaring.FullName}", leftOut) ?? [];
            methods = methods.Concat(hidden.Where(method => method.IsPrivate));
        }

        return [.. methods.Where(method => IsMarked<TaskProcessorAttribute>(method, leftOut))];
    }

    /// <summary>The fields of a type that are marked as queues.</summary>
    public static IReadOnlyList<FieldInfo> QueueFields(Type type, ISet<string> leftOut)
    {
        FieldInfo[] fields = Read(() => type.GetFields(Declared), $"the fields of {type.FullName}", leftOut) ?? [];
        return [.. fields.Where(field => field.IsStatic && IsMarked<TaskQueueAttribute>(field, leftOut))];
    }

    /// <summary>The static fields and properties of a type that hold a <see cref="TaskType{TDirective}"/>.</summary>
    public static IReadOnlyList<MemberInfo> TaskTypeMembers(Type type, ISet<string> leftOut)
    {
        if (type.ContainsGenericParameters)
        {
            return [];
        }

        const BindingFlags Static = Declared & ~BindingFlags.Instance;
        return Read<MemberInfo[]>(
            () =>
            [
                .. type.GetFields(Static).Where(field => IsTaskType(field.FieldType) && !field.IsDefined(typeof(CompilerGeneratedAttribute))),
                .. type.GetProperties(Static).Where(property => property.CanRead && IsTaskType(property.PropertyType) && property.GetIndexParameters().Length == 0),
            ],
            $"the fields and properties of {type.FullName}", leftOut) ?? [];
    }

    private static bool IsTaskType(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(TaskType<>);

    /// <summary>Methods of a class's interfaces that are marked where the class's own are not: nobody looks for them there.</summary>
    public static IReadOnlyList<MethodInfo> UnseenInterfaceMethods(Type type, ISet<string> leftOut)
    {
        if (type.IsInterface || type.ContainsGenericParameters)
        {
            return [];
        }

        var unseen = new List<MethodInfo>();
        foreach (Type contract in Read(type.GetInterfaces, $"the interfaces of {type.FullName}", leftOut) ?? [])
        {
            foreach (MethodInfo method in ProcessorMethods(contract, leftOut).Where(method => !method.IsStatic))
            {
                InterfaceMapping map = type.GetInterfaceMap(contract);
                MethodInfo target = map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method)];
                if (target == method || !IsMarked<TaskProcessorAttribute>(target, leftOut))
                {
                    unseen.Add(method);
                }
            }
        }

        return unseen;
    }

    private static bool IsMarked<TAttribute>(MemberInfo member, ISet<string> leftOut)
        where TAttribute : Attribute =>
        Read<object>(() => member.IsDefined(typeof(TAttribute)) ? true : null, $"the attributes of {member.DeclaringType?.FullName}.{member.Name}", leftOut) is not null;

    private static T? Read<T>(Func<T?> read, string what, ISet<string> leftOut)
        where T : class
    {
        try
        {
            return read();
        }
#pragma warning disable CA1031 // See TypesOf.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            leftOut.Add($"{what} do not load, and none of it is used: {exception.Message}");
            return null;
        }
    }
}
