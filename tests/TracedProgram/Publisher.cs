namespace BrokerQueues.TracedProgram;

internal static class Publisher
{
    private const int Good = 12;

    /// <summary>Twelve that complete in the end, of each kind of failure one, and one that no processor understands; singly, in bulk and delayed.</summary>
    public static async Task PublishAsync(ITaskManager tasks)
    {
        await tasks.AddTasksAsync(Enumerable.Range(0, Good).Select(_ => Task("Complete")));
        await tasks.AddTaskAsync(FirstProcessors.Queue, FirstProcessors.Type, new Directive { Outcome = "Retry" });
        await tasks.AddTaskAsync(FirstProcessors.Queue, FirstProcessors.Type, new Directive { Outcome = "Fatal" }, new AddTaskOptions { Delay = TimeSpan.FromSeconds(1) });
        await tasks.AddTaskAsync(FirstProcessors.Queue, FirstProcessors.Type, new Directive { Outcome = "Throw" });
        await tasks.AddTaskAsync(FirstProcessors.Queue, "Unheard of", new Directive { Outcome = "Complete" });
    }

    private static NewTask Task(string outcome) => new(FirstProcessors.Queue, FirstProcessors.Type, new Directive { Outcome = outcome });
}

/// <summary>What the second processor is to make of it.</summary>
public sealed class Directive : TaskDirective
{
    public string Outcome { get; set; } = "Complete";
}
