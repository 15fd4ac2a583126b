using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Wire.Json;
using BrokerQueues.Worker.Pipeline;

namespace BrokerQueues.Worker.Discovery;

/// <summary>Compiles the call of a processor's method, so that no execution reflects.</summary>
internal static class ProcessorBinder
{
    private const string Shapes =
        "Write for example: public async Task ProcessAsync(ITaskProcessingJob<MyDirective> job, CancellationToken cancellationToken). " +
        "A processor returns void, Task, ValueTask or Task<TaskProcessingJobResult>.";

    /// <summary>Binds a method; what is wrong with it goes to <paramref name="mistakes"/>, and then nothing is returned.</summary>
    public static (ProcessorInvoker Invoke, JobFactory CreateJob, Type? DirectiveType)? Bind(
        MethodInfo method, List<string> mistakes, IDirectiveSerializer? directives = null)
    {
        string name = $"{method.DeclaringType!.Name}.{method.Name}";
        int before = mistakes.Count;
        if (method.ContainsGenericParameters)
        {
            mistakes.Add(
                $"{name} is generic. " +
                (method.DeclaringType.ContainsGenericParameters ? "Add a closed class, such as AddProcessorsFrom<MyProcessors<MyDirective>>(), or one that derives from it. " : "") + Shapes);
            return null;
        }

        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
        {
            mistakes.Add($"{name} is 'async void': its end and its exceptions could not be seen. Return Task instead.");
        }

        ParameterExpression target = Expression.Parameter(typeof(object), "target");
        ParameterExpression job = Expression.Parameter(typeof(ITaskProcessingJob), "job");
        ParameterExpression token = Expression.Parameter(typeof(CancellationToken), "cancellationToken");
        var arguments = new List<Expression>();
        Type? directiveType = null;
        int jobs = 0;
        int unfillable = 0;
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            Type type = parameter.ParameterType;
            if (type == typeof(CancellationToken))
            {
                arguments.Add(token);
            }
            else if (type == typeof(ITaskProcessingJob))
            {
                jobs++;
                arguments.Add(job);
            }
            else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ITaskProcessingJob<>))
            {
                jobs++;
                directiveType = type.GetGenericArguments()[0];
                arguments.Add(Expression.Convert(job, type));
            }
            else
            {
                unfillable++;
                mistakes.Add($"{name} has the parameter '{parameter.Name}' of type {type.Name}, which nothing can fill. Take services in the constructor of {method.DeclaringType.Name}. {Shapes}");
            }
        }

        // Where a parameter cannot be filled, it is as a rule the job that is meant, and what to write has been said.
        if (jobs > 1 || (jobs == 0 && unfillable == 0))
        {
            mistakes.Add($"{name} must take the job exactly once. {Shapes}");
        }

        if (directiveType is not null)
        {
            mistakes.AddRange((directives ?? new DirectiveJson()).FindMistakes(directiveType).Select(mistake => $"The directive {directiveType.Name} of {name} {mistake}"));
        }

        MethodInfo? adapter = AdapterOf(method.ReturnType);
        if (adapter is null)
        {
            mistakes.Add($"{name} returns {method.ReturnType.Name}. {Shapes}");
        }

        if (mistakes.Count > before)
        {
            return null;
        }

        MethodCallExpression call = method.IsStatic
            ? Expression.Call(method, arguments)
            : Expression.Call(Expression.Convert(target, method.DeclaringType), method, arguments);
        Expression body = method.ReturnType == typeof(void)
            ? Expression.Block(call, Expression.Constant(new ValueTask<TaskProcessingJobResult>(TaskProcessingJobResult.Complete)))
            : Expression.Call(adapter!, call);
        var invoke = Expression.Lambda<ProcessorInvoker>(body, target, job, token).Compile();
        return (invoke, JobFactory.For(directiveType ?? typeof(EmptyTaskDirective)), directiveType);
    }

    private static MethodInfo? AdapterOf(Type returnType)
    {
        string? adapter =
            returnType == typeof(void) ? nameof(FromTask) :
            returnType == typeof(Task) ? nameof(FromTask) :
            returnType == typeof(ValueTask) ? nameof(FromValueTask) :
            returnType == typeof(Task<TaskProcessingJobResult>) ? nameof(FromResult) : null;
        return adapter is null ? null : typeof(ProcessorBinder).GetMethod(adapter, BindingFlags.Static | BindingFlags.NonPublic);
    }

    private static ValueTask<TaskProcessingJobResult> FromTask(Task? task)
    {
        return task is null ? throw NoTask() : task.IsCompletedSuccessfully ? new(TaskProcessingJobResult.Complete) : WaitAsync(task);

        static async ValueTask<TaskProcessingJobResult> WaitAsync(Task task)
        {
            await task.ConfigureAwait(false);
            return TaskProcessingJobResult.Complete;
        }
    }

    private static ValueTask<TaskProcessingJobResult> FromValueTask(ValueTask task)
    {
        return task.IsCompletedSuccessfully ? new(TaskProcessingJobResult.Complete) : WaitAsync(task);

        static async ValueTask<TaskProcessingJobResult> WaitAsync(ValueTask task)
        {
            await task.ConfigureAwait(false);
            return TaskProcessingJobResult.Complete;
        }
    }

    private static ValueTask<TaskProcessingJobResult> FromResult(Task<TaskProcessingJobResult>? task) => task is null ? throw NoTask() : new(task);

    private static InvalidOperationException NoTask() =>
        new("The processor returned null where it should return a Task. Make it async, or return Task.CompletedTask or Task.FromResult(...).");
}
