namespace BrokerQueues;

/// <summary>
/// Code around the execution of tasks: logs, measures, opens a scope, translates exceptions, or leaves an execution out. Registered by
/// <c>worker.UseMiddleware&lt;T&gt;()</c>; the first that is registered is the outermost. One instance serves all executions of a worker.
/// </summary>
/// <remarks>
/// It is within the trace of the execution and outside the processor's time limit and scope of services. It runs again for each retry in place.
/// </remarks>
public interface ITaskMiddleware
{
    /// <summary>Runs around one execution.</summary>
    /// <param name="job">The execution. Its directive is <see cref="ITaskProcessingJob{TDirective}.Directive"/>, after a cast.</param>
    /// <param name="processor">The processor that is to run.</param>
    /// <param name="next">
    /// Runs what is inside: the next middleware, in the end the processor. It takes the job that was given here. Not called, the processor does not
    /// run, and the result returned here counts; a <see cref="TaskProcessingJobResult.Complete"/> has to be committed then as anywhere else
    /// (<see cref="ITaskProcessingJob.CommitAsync(CancellationToken)"/>), unless the processor's mode is <see cref="TransactionMode.Unsafe"/>.
    /// </param>
    /// <param name="cancellationToken">Fires when the execution no longer counts; pass it, or one that is linked to it, on to <paramref name="next"/>.</param>
    /// <returns>The result: as a rule that of <paramref name="next"/>. What is thrown is judged as if the processor had thrown it.</returns>
#pragma warning disable CA1716 // The name that it has in every middleware of .NET.
    ValueTask<TaskProcessingJobResult> ExecuteAsync(
        ITaskProcessingJob job, ITaskProcessorInfo processor, TaskMiddlewareDelegate next, CancellationToken cancellationToken);
#pragma warning restore CA1716
}

/// <summary>Runs what is inside a middleware.</summary>
/// <param name="job">The job that the middleware was given.</param>
/// <param name="cancellationToken">What the processor gets, further limited by its time limit.</param>
/// <returns>The result that the processor returned.</returns>
/// <exception cref="InvalidOperationException"><paramref name="job"/> is another job.</exception>
/// <exception cref="Exception">Whatever the processor throws.</exception>
public delegate ValueTask<TaskProcessingJobResult> TaskMiddlewareDelegate(ITaskProcessingJob job, CancellationToken cancellationToken);
