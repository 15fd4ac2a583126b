using System.Diagnostics;

namespace BrokerQueues.Samples.Conformance;

/// <summary>Processors that do what the directive says, on a queue of each kind and in each transaction mode.</summary>
internal sealed class ConformanceProcessors(Journal journal)
{
    [TaskQueue(Behavior = TaskQueueBehavior.Concurrent, MaxConcurrency = 8)]
    public const string ConcurrentQueue = "conformance.concurrent";

    [TaskQueue(Behavior = TaskQueueBehavior.Sequential)]
    public const string SequentialQueue = "conformance.sequential";

    [TaskQueue(Behavior = TaskQueueBehavior.Broadcast)]
    public const string BroadcastQueue = "conformance.broadcast";

    private const string Do = "Do";
    private const string DoFull = "DoFull";
    private const string DoUnsafe = "DoUnsafe";

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(20);

    [TaskProcessor(ConcurrentQueue, Do)]
    [TaskProcessor(SequentialQueue, Do)]
    [TaskProcessor(BroadcastQueue, Do, TransactionMode = TransactionMode.Hybrid)]
    public Task<TaskProcessingJobResult> DoAsync(ITaskProcessingJob<ConformanceDirective> job, CancellationToken cancellationToken) =>
        ObeyAsync(job, mayCommit: true, cancellationToken);

    [TaskProcessor(ConcurrentQueue, DoFull, TransactionMode = TransactionMode.Full)]
    [TaskProcessor(SequentialQueue, DoFull, TransactionMode = TransactionMode.Full)]
    [TaskProcessor(BroadcastQueue, DoFull, TransactionMode = TransactionMode.Full)]
    public Task<TaskProcessingJobResult> DoFullAsync(ITaskProcessingJob<ConformanceDirective> job, CancellationToken cancellationToken) =>
        ObeyAsync(job, mayCommit: false, cancellationToken);

    [TaskProcessor(ConcurrentQueue, DoUnsafe, TransactionMode = TransactionMode.Unsafe)]
    [TaskProcessor(SequentialQueue, DoUnsafe, TransactionMode = TransactionMode.Unsafe)]
    [TaskProcessor(BroadcastQueue, DoUnsafe, TransactionMode = TransactionMode.Unsafe)]
    public Task<TaskProcessingJobResult> DoUnsafeAsync(ITaskProcessingJob<ConformanceDirective> job, CancellationToken cancellationToken) =>
        ObeyAsync(job, mayCommit: false, cancellationToken);

    private async Task<TaskProcessingJobResult> ObeyAsync(ITaskProcessingJob<ConformanceDirective> job, bool mayCommit, CancellationToken cancellationToken)
    {
        ConformanceDirective directive = job.Directive;
        int attempt = job.Attempt + job.RetryCount;
        journal.Append("start", job, directive.Seq, attempt);

        TaskProcessingJobResult result = directive.ResultUntilAttempt is { } last && attempt > last ? TaskProcessingJobResult.Complete : directive.Result;
        bool fails = attempt <= directive.FailTimes;
        try
        {
            await WorkAsync(directive.WorkMs, cancellationToken);
            await FileAsync(directive.UntilFile, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            journal.Append("end", job, directive.Seq, attempt, nameof(TaskProcessingJobResult.Abort));
            throw;
        }

        journal.Append("end", job, directive.Seq, attempt, directive.Crash ? "Crash" : directive.Throw ?? (fails ? nameof(InvalidOperationException) : result.ToString()));

        if (directive.Crash)
        {
            Process.GetCurrentProcess().Kill();
        }

        if (directive.Throw is { } exceptionType)
        {
            throw CreateException(exceptionType);
        }

        if (fails)
        {
            throw new InvalidOperationException($"Attempt {attempt} of task {directive.Seq} fails as asked.");
        }

        if (mayCommit && directive.Commit && result == TaskProcessingJobResult.Complete)
        {
            await job.CommitAsync(cancellationToken);
        }

        return result;
    }

    private static async Task WorkAsync(int milliseconds, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalMilliseconds is var spent && spent < milliseconds)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(s_slice.TotalMilliseconds, milliseconds - spent)), cancellationToken);
        }
    }

    private static async Task FileAsync(string? path, CancellationToken cancellationToken)
    {
        while (path is not null && !File.Exists(path))
        {
            await Task.Delay(s_slice, cancellationToken);
        }
    }

    private static Exception CreateException(string typeName)
    {
        Type? type = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(typeName)).FirstOrDefault(found => found is not null);
        return type is not null && typeof(Exception).IsAssignableFrom(type)
            ? (Exception)Activator.CreateInstance(type, "Thrown as asked.")!
            : new NotSupportedException($"The directive asks for the exception '{typeName}', which is no type of exception here.");
    }
}
