using System.Reflection;
using System.Reflection.Emit;

namespace BrokerQueues.Benchmarks.Growth.Queues;

/// <summary>
/// Processor classes as a user would write them, one for each of any number of queues. Queues are declared by attributes on constants, so
/// classes are what it takes; they go through a finished assembly, since types still being built answer reflection differently.
/// <code>
/// public class ProcessorN
/// {
///     [TaskQueue(MaxConcurrency = 1)] public const string QueueId = "queueN";
///     [TaskProcessor("queueN", "Do")] public Task DoAsync(ITaskProcessingJob job, CancellationToken token) => job.CommitAsync(token);
/// }
/// </code>
/// </summary>
internal static class GeneratedQueues
{
    public static IEnumerable<string> Ids(int count) => Enumerable.Range(0, count).Select(number => $"queue{number:000}");

    public static IReadOnlyList<Type> Generate(int count)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("GeneratedQueues"), typeof(object).Assembly);
        ModuleBuilder module = assembly.DefineDynamicModule("GeneratedQueues");
        foreach (string queueId in Ids(count))
        {
            Define(module.DefineType($"ProcessorOf{queueId}", TypeAttributes.Public | TypeAttributes.Sealed), queueId);
        }

        using var file = new MemoryStream();
        assembly.Save(file);
        return Assembly.Load(file.ToArray()).GetTypes();
    }

    private static void Define(TypeBuilder type, string queueId)
    {
        FieldBuilder constant = type.DefineField("QueueId", typeof(string), FieldAttributes.Public | FieldAttributes.Static | FieldAttributes.Literal);
        constant.SetConstant(queueId);
        Type queue = typeof(TaskQueueAttribute);
        constant.SetCustomAttribute(new CustomAttributeBuilder(queue.GetConstructor([])!, [], [queue.GetProperty(nameof(TaskQueueAttribute.MaxConcurrency))!], [1]));

        Type[] parameters = [typeof(ITaskProcessingJob), typeof(CancellationToken)];
        MethodBuilder method = type.DefineMethod("DoAsync", MethodAttributes.Public, typeof(Task), parameters);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(TaskProcessorAttribute).GetConstructor([typeof(string), typeof(string)])!, [queueId, "Do"]));
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Ldarg_2);
        code.Emit(OpCodes.Callvirt, typeof(ITaskProcessingJob).GetMethod(nameof(ITaskProcessingJob.CommitAsync), [typeof(CancellationToken)])!);
        code.Emit(OpCodes.Ret);
        type.CreateType();
    }
}
