namespace BrokerQueues.Worker.Pipeline;

/// <summary>A layer of the onion around the call of a processor.</summary>
internal abstract class RunLayer
{
    /// <summary>Runs what is inside.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">What the processor gets in the end: fires when the execution no longer counts, or a layer outside ends it.</param>
    public abstract ValueTask<TaskProcessingJobResult> RunAsync(TaskProcessingJob job, CancellationToken cancellationToken);
}
