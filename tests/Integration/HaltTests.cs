using BrokerQueues.TestKit;
using Result = BrokerQueues.TaskProcessingJobResult;

namespace BrokerQueues.Integration.Tests;

/// <summary>A sequential queue that halts at a failure.</summary>
public sealed class HaltTests : BrokerTest
{
    private const string QueueId = HaltProcessors.QueueId;

    [Fact]
    public async Task It_halts_on_all_nodes_until_an_operator_empties_the_parking_queue()
    {
        TestNode first = await StartNodeAsync<HaltProcessors>("a");
        TestNode second = await StartNodeAsync<HaltProcessors>("b");
        first.Script.OnRun = second.Script.OnRun = (job, _) => Task.FromResult(job.Directive.Number == 2 ? Result.Fail : Result.Complete);

        await Tasks.AddTasksAsync(Enumerable.Range(1, 4).Select(number => new NewTask(QueueId, Scripted.TaskType, new ScriptDirective { Number = number })));

        await Eventually.EqualAsync<uint?>(1, () => Raw.CountAsync(Names.Failed(QueueId)), "the failed task to be parked");
        await Eventually.TrueAsync(() => first.Log.Contains("halted") || second.Log.Contains("halted"), "the halt to be logged");
        TestNode third = await StartNodeAsync<HaltProcessors>("c");
        await Eventually.EqualAsync<uint?>(0, () => Raw.ConsumersAsync(Queue(QueueId)), "all nodes to stand aside");
        Assert.Equal([1, 2], first.Runs.Concat(second.Runs).Concat(third.Runs).OrderBy(run => run.At).Select(run => run.Number));

        await Raw.TakeAsync(Names.Failed(QueueId));

        await Eventually.TrueAsync(() => first.Runs.Count + second.Runs.Count + third.Runs.Count == 4, "the rest to run");
        Assert.Equal([1, 2, 3, 4], first.Runs.Concat(second.Runs).Concat(third.Runs).OrderBy(run => run.At).Select(run => run.Number));
    }
}
