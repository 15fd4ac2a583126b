using BrokerQueues.Worker.Running;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Hosting;

/// <summary>
/// Leaves the queues: takes no more work, waits for what runs, tells it to abort, waits again, and closes. It ends within twice the grace
/// period and 6 s, whatever the broker does: what does not answer is left behind.
/// </summary>
internal sealed class ShutdownSequence(
    IReadOnlyList<QueueRunner> runners, IReadOnlyList<INodeService> services, RunningTasks running, TimeSpan grace, TimeProvider time, ILogger log)
{
    /// <summary>What each half of leaving the queues may take beside the tasks: asking for no more of them, and closing.</summary>
    public static readonly TimeSpan Leaving = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(100);

    private bool _hasLeft;

    /// <summary>The whole sequence.</summary>
    /// <param name="cancellationToken">Waits no longer for tasks.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        Task taking = StopTakingAsync(cancellationToken);
        await WithinAsync(taking, Leaving, CancellationToken.None).ConfigureAwait(false);

        Task finished = Task.WhenAll([taking, .. runners.Select(runner => runner.Finished)]);
        // Even where nothing runs and there is no grace, the slots take a moment to see that there is nothing more.
        TimeSpan left = grace - time.GetElapsedTime(began);
        if (!await WithinAsync(finished, left > s_moment ? left : s_moment, cancellationToken).ConfigureAwait(false))
        {
            await AbortAsync(finished, began, cancellationToken).ConfigureAwait(false);
        }

        await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Without waiting for tasks; nothing where <see cref="RunAsync"/> has left already.</summary>
    public async Task RunAtOnceAsync()
    {
        if (!_hasLeft)
        {
            await WithinAsync(StopTakingAsync(CancellationToken.None), s_moment, CancellationToken.None).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task StopTakingAsync(CancellationToken cancellationToken)
    {
        // The parts that serve the queues last of all: they may be needed by what still runs; but nothing waits for them.
        Task serving = StopServicesAsync(cancellationToken);
        await Task.WhenAll([serving, .. runners.Select(runner => runner.StopTakingAsync(cancellationToken))]).ConfigureAwait(false);
    }

    private async Task StopServicesAsync(CancellationToken cancellationToken)
    {
        foreach (INodeService service in services.Reverse())
        {
            try
            {
                await service.StopAsync(cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // The others have to be stopped all the same.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                WorkerLog.ServiceNotStopped(log, service.GetType().Name, exception);
            }
        }
    }

    private async Task AbortAsync(Task finished, long began, CancellationToken cancellationToken)
    {
        WorkerLog.Aborting(log, grace.TotalSeconds);
        foreach (QueueRunner runner in runners)
        {
            runner.Abort();
        }

        if (await WithinAsync(finished, grace, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        // A task that has ended and is being replaced by its copy is not cut off in between. One that still runs is not waited for.
        Task replaced = Task.WhenAll(runners.Select(runner => runner.WhenNothingIsReplacedAsync()));
        await WithinAsync(replaced, LeftOf(began), cancellationToken).ConfigureAwait(false);
        if (!await WithinAsync(finished, s_moment, cancellationToken).ConfigureAwait(false))
        {
            WorkerLog.Abandoning(log, grace.TotalSeconds, DescribeRunning());
        }
    }

    private string DescribeRunning()
    {
        const int Shown = 10;
        IReadOnlyList<RunningTask> tasks = running.Snapshot();
        string shown = string.Join(", ", tasks.Take(Shown).Select(task => FormattableString.Invariant($"{task.TaskId} of {task.QueueId} ({task.TaskType}, for {task.Age.TotalSeconds:0.#} s)")));
        return tasks.Count > Shown ? $"{shown} and {tasks.Count - Shown} more" : shown;
    }

    /// <summary>What is left of both grace periods and the time for asking for no more tasks, of which as a rule nothing was needed.</summary>
    private TimeSpan LeftOf(long began) => (grace * 2) + Leaving - time.GetElapsedTime(began) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private async Task CloseAsync()
    {
        _hasLeft = true;
        if (!await WithinAsync(Task.WhenAll(runners.Select(runner => runner.CloseAsync())), Leaving, CancellationToken.None).ConfigureAwait(false))
        {
            WorkerLog.LeftBehind(log, Leaving.TotalSeconds);
        }
    }

    private async Task<bool> WithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return task.IsCompleted;
        }
    }
}
