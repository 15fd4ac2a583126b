namespace BrokerQueues.Worker.Pipeline;

/// <summary>Tells what is inside to end when its time is over. It is not cut off: a processor that does not look at its token runs on.</summary>
internal sealed class TimeLimitLayer(RunLayer inner, TimeSpan limit, TimeProvider time) : RunLayer
{
    public override async ValueTask<TaskProcessingJobResult> RunAsync(TaskProcessingJob job, CancellationToken cancellationToken)
    {
        using var reached = new TimeLimitSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(reached.Token, cancellationToken);
        job.TimedOut = reached.Token;
        return await inner.RunAsync(job, either.Token).ConfigureAwait(false);
    }
}
