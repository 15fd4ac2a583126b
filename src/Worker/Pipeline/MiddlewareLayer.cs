namespace BrokerQueues.Worker.Pipeline;

/// <summary>Calls a middleware of the user, which calls what is inside, or does not.</summary>
internal sealed class MiddlewareLayer : RunLayer
{
    private readonly ITaskMiddleware _middleware;
    private readonly ITaskProcessorInfo _processor;
    private readonly TaskMiddlewareDelegate _next;

    public MiddlewareLayer(RunLayer inner, ITaskMiddleware middleware, ITaskProcessorInfo processor)
    {
        _middleware = middleware;
        _processor = processor;
        _next = (job, cancellationToken) => inner.RunAsync(
            job as TaskProcessingJob ?? throw new InvalidOperationException($"{middleware.GetType().Name} called next with another job. Pass on the job that it was given."),
            cancellationToken);
    }

    public override ValueTask<TaskProcessingJobResult> RunAsync(TaskProcessingJob job, CancellationToken cancellationToken) =>
        _middleware.ExecuteAsync(job, _processor, _next, cancellationToken);
}
