using System.Reflection;

namespace BrokerQueues.Worker.Discovery;

/// <summary>Tells rules of <see cref="TaskExceptionBehaviorAttribute"/> that hold from those that contradict each other, run without an end, or are never asked.</summary>
internal sealed class ExceptionRuleCheck(ErrorCodeCheck errorCodes)
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>What is wrong with the rules of a processor, those of its method and those of its class.</summary>
    public IEnumerable<string> FindMistakes(Type type, MethodInfo method)
    {
        // What a derived class says goes before what its base says, so that is no contradiction: each is looked at by itself.
        foreach (MethodInfo level in Overridden(method))
        {
            foreach (string mistake in FindMistakes([.. level.GetCustomAttributes<TaskExceptionBehaviorAttribute>(inherit: false)]))
            {
                yield return $"{(level == method ? type : level.DeclaringType!).Name}.{method.Name}: [TaskExceptionBehavior] {mistake}";
            }
        }

        for (Type? level = type; level is not null; level = level.BaseType)
        {
            foreach (string mistake in FindMistakes([.. level.GetCustomAttributes<TaskExceptionBehaviorAttribute>(inherit: false)]))
            {
                yield return $"{level.Name}: [TaskExceptionBehavior] {mistake}";
            }
        }
    }

    private IEnumerable<string> FindMistakes(IReadOnlyList<TaskExceptionBehaviorAttribute> rules) =>
        rules.SelectMany(FindMistakes)
            .Concat(FindContradictions(rules.SelectMany(rule => rule.ExceptionTypes.OfType<Type>().Select(type => (type, rule.Result))), EqualityComparer<Type>.Default, type => type.Name))
            .Concat(FindContradictions(rules.SelectMany(rule => rule.ErrorCodes.OfType<string>().Select(code => (code, rule.Result))), StringComparer.OrdinalIgnoreCase, code => $"the error code \"{code}\""));

    private IEnumerable<string> FindMistakes(TaskExceptionBehaviorAttribute rule) =>
        rule.ExceptionTypes.Select(WhyNeverAsked).Concat(rule.ErrorCodes.Select(errorCodes.FindMistake)).Append(WhyNoResult(rule.Result)).OfType<string>();

    private static string? WhyNoResult(TaskProcessingJobResult result) => result switch
    {
        TaskProcessingJobResult.Abort =>
            "maps an exception to Abort, which puts the task back with no attempt counted: it would run again and again without an end. Write Requeue, or Fail, which has an end.",
        TaskProcessingJobResult.Complete => "maps an exception to Complete. Catch the exception in the processor where it means success.",
        _ => Enum.IsDefined(result) ? null : $"maps an exception to {result}, which is no result. Write Fail, Fatal, Requeue, Retry or Cancel.",
    };

    private static string? WhyNeverAsked(Type? type) =>
        !typeof(Exception).IsAssignableFrom(type) ? $"names {type?.Name}, which is no exception." :
        type == typeof(TaskResultException) ? "names TaskResultException, which says its result itself: no rule is asked about it. Leave it out." :
        type == typeof(AggregateException) || type == typeof(TargetInvocationException) ? $"names {type.Name}, which is looked into: no rule is asked about it. Name the exceptions that it carries." :
        type!.ContainsGenericParameters ? $"names {type.Name}, which is an open generic type: no exception is one. Name it with its type arguments, or its base." :
        null;

    private static IEnumerable<string> FindContradictions<T>(IEnumerable<(T Key, TaskProcessingJobResult Result)> rules, IEqualityComparer<T> comparer, Func<T, string> name) =>
        from same in rules.GroupBy(rule => rule.Key, rule => rule.Result, comparer)
        let results = same.Distinct().ToList()
        where results.Count > 1
        select $"maps {name(same.Key)} to {string.Join(" and to ", results)}. It can mean one result: leave one of them.";

    /// <summary>The method and those that it overrides, whose attributes it inherits.</summary>
    private static IEnumerable<MethodInfo> Overridden(MethodInfo method)
    {
        yield return method;
        for (Type? type = method.DeclaringType!.BaseType; method.IsVirtual && type is not null; type = type.BaseType)
        {
            if (type.GetMethods(Declared).FirstOrDefault(candidate => candidate.IsVirtual && candidate.GetBaseDefinition() == method.GetBaseDefinition()) is { } overridden)
            {
                yield return overridden;
            }
        }
    }
}
