using System.Reflection;

namespace BrokerQueues.Worker.Discovery;

/// <summary>
/// Checks processors against the <see cref="TaskType{TDirective}"/>s that stand in static fields and properties: what publishers send as one
/// class, no processor is to read as another.
/// </summary>
internal static class TaskTypeCheck
{
    /// <param name="assemblies">Where they are declared.</param>
    /// <param name="processors">The processors that are all right by themselves.</param>
    /// <param name="leftOut">Gets what does not load.</param>
    /// <returns>A mistake for each contradiction.</returns>
    public static IEnumerable<string> FindMistakes(IEnumerable<Assembly> assemblies, IReadOnlyDictionary<(string QueueId, string TaskType), ProcessorDescriptor> processors, ISet<string> leftOut)
    {
        foreach (MemberInfo member in assemblies.SelectMany(assembly => TypeScan.TypesOf(assembly, leftOut)).SelectMany(type => TypeScan.TaskTypeMembers(type, leftOut)))
        {
            string where = $"{member.DeclaringType!.Name}.{member.Name}";
            if (Read(member, where, leftOut) is { } declared &&
                processors.TryGetValue((declared.QueueId, declared.Name), out ProcessorDescriptor? processor) &&
                processor.DirectiveType is { } read && read != declared.DirectiveType)
            {
                string sent = declared.DirectiveType.Name;
                yield return
                    $"{processor.Method.DeclaringType!.Name}.{processor.Method.Name} reads the task type '{declared.Name}' of queue '{declared.QueueId}' as {read.Name}, and {where}, by which it is published, " +
                    $"says {sent}. Write ITaskProcessingJob<{sent}> there, or TaskType<{read.Name}> here.";
            }
        }
    }

    private static (string QueueId, string Name, Type DirectiveType)? Read(MemberInfo member, string where, ISet<string> leftOut)
    {
        try
        {
            object? value = member is FieldInfo field ? field.GetValue(null) : ((PropertyInfo)member).GetValue(null);
            return value?.GetType() is { } type &&
                type.GetProperty(nameof(TaskType<>.QueueId))!.GetValue(value) is string queueId && type.GetProperty(nameof(TaskType<>.Name))!.GetValue(value) is string name
                ? (queueId, name, type.GetGenericArguments()[0])
                : null;
        }
#pragma warning disable CA1031 // The user's static initialiser, or getter.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            leftOut.Add($"{where} cannot be read, and no processor is checked against it: {(exception is TargetInvocationException or TypeInitializationException ? exception.InnerException ?? exception : exception).Message}");
            return null;
        }
    }
}
