using System.Reflection;
using BrokerQueues.Broker.Wire;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>What makes the job of a processor; one per processor, so that no execution reflects.</summary>
internal abstract class JobFactory
{
    public static JobFactory For(Type directiveType) =>
        (JobFactory)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(directiveType), BindingFlags.Instance | BindingFlags.Public, null, null, null)!;

    /// <param name="task">The task.</param>
    /// <param name="directive">Its directive; null gives one by the constructor without parameters.</param>
    /// <param name="context">The rest.</param>
    public abstract TaskProcessingJob Create(TaskMessage task, ITaskDirective? directive, JobContext context);

    private sealed class Typed<TDirective> : JobFactory
        where TDirective : class, ITaskDirective
    {
        public override TaskProcessingJob Create(TaskMessage task, ITaskDirective? directive, JobContext context) =>
            new TaskProcessingJob<TDirective>(task, (TDirective?)directive ?? Activator.CreateInstance<TDirective>(), context);
    }
}

/// <summary>What a job knows beside its message.</summary>
internal readonly record struct JobContext(string QueueId, int RetryCount, TimeProvider Time, CancellationToken Aborted);

/// <inheritdoc cref="ITaskProcessingJob"/>
internal abstract class TaskProcessingJob(TaskMessage task, JobContext context) : ITaskProcessingJob, ITaskTransaction
{
    private static readonly TimeSpan s_commitLimit = TimeSpan.FromSeconds(90);

    private int _commit;

    private enum Commit
    {
        None,
        Running,
        Done,
        Sealed,
    }

    public TaskId TaskId => task.TaskId;

    public string QueueId => context.QueueId;

    public string TaskType => task.TaskType;

    public int Attempt => task.Attempt;

    public int RetryCount => context.RetryCount;

    public int Redrives => task.Redrives;

    public string? DisplayName => task.DisplayName;

    public string? CorrelationId => task.CorrelationId;

    public string? Initiator => task.Initiator;

    public DateTimeOffset? CreatedAt => task.CreatedAt;

    public CancellationToken JobAborted => context.Aborted;

    /// <summary>Fires when the execution has taken longer than its processor may.</summary>
    public CancellationToken TimedOut { get; set; }

    /// <summary>
    /// Ends what a commit may still do: one that begins or is under way from now on fails, for the execution is judged without it.
    /// </summary>
    /// <returns>Whether the task has been committed.</returns>
    public bool Seal()
    {
        while (true)
        {
            var seen = (Commit)Volatile.Read(ref _commit);
            if (seen is Commit.Done or Commit.Sealed)
            {
                return seen == Commit.Done;
            }

            Interlocked.CompareExchange(ref _commit, (int)Commit.Sealed, (int)seen);
        }
    }

    public Task CommitAsync(CancellationToken cancellationToken = default) => CommitAsync(static (_, _) => Task.CompletedTask, cancellationToken);

    public async Task CommitAsync(Func<ITaskTransaction, CancellationToken, Task> action, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(action);
        ThrowIfStale(cancellationToken);
        switch ((Commit)Interlocked.CompareExchange(ref _commit, (int)Commit.Running, (int)Commit.None))
        {
            case Commit.Running or Commit.Done:
                throw new InvalidOperationException($"Task {TaskId} is committed already. A processor commits once; put all its writes into one CommitAsync.");
            case Commit.Sealed:
                throw TooLate();
        }

        try
        {
            using var limit = new TimeLimitSource(s_commitLimit, context.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.Aborted, TimedOut, cancellationToken);
            try
            {
                Task work = action(this, either.Token) ?? throw new InvalidOperationException("The action of CommitAsync returned null. Return its Task, or Task.CompletedTask.");
                await work.ConfigureAwait(false);
            }
            catch (OperationCanceledException exception) when (limit.Token.IsCancellationRequested)
            {
                throw TooSlow(exception);
            }

            if (limit.Token.IsCancellationRequested)
            {
                throw TooSlow(null);
            }

            ThrowIfStale(CancellationToken.None);
        }
        catch
        {
            // What failed may be tried again, unless the processor has returned meanwhile.
            Interlocked.CompareExchange(ref _commit, (int)Commit.None, (int)Commit.Running);
            throw;
        }

        if (Interlocked.CompareExchange(ref _commit, (int)Commit.Done, (int)Commit.Running) != (int)Commit.Running)
        {
            throw TooLate();
        }
    }

    private void ThrowIfStale(CancellationToken cancellationToken)
    {
        context.Aborted.ThrowIfCancellationRequested();
        TimedOut.ThrowIfCancellationRequested();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private InvalidOperationException TooLate() =>
        new($"Task {TaskId} is no longer being processed: its processor has returned. Await CommitAsync before returning.");

    private TimeoutException TooSlow(Exception? inner) =>
        new($"The commit of task {TaskId} took longer than {s_commitLimit.TotalSeconds} s and does not count. Move work that is not atomic with completion out of CommitAsync.", inner);
}

/// <inheritdoc cref="ITaskProcessingJob{TDirective}"/>
internal sealed class TaskProcessingJob<TDirective>(TaskMessage task, TDirective directive, JobContext context)
    : TaskProcessingJob(task, context), ITaskProcessingJob<TDirective>
    where TDirective : class, ITaskDirective
{
    public TDirective Directive { get; } = directive;
}
