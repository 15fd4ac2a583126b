using BrokerQueues.Worker.Discovery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Worker.Pipeline;

/// <summary>A processor with the layers around its call, linked once: what a processor does not need is not in its way.</summary>
internal sealed class BoundProcessor
{
    /// <summary>How long a processor in <see cref="TransactionMode.Full"/> may take.</summary>
    public static readonly TimeSpan FullTransactionLimit = TimeSpan.FromSeconds(90);

    private readonly RunLayer _outermost;

    public BoundProcessor(ProcessorDescriptor descriptor, IReadOnlyList<ITaskMiddleware> middleware, IServiceScopeFactory scopes, TimeProvider time, ILogger logger, string? principal = null)
    {
        Descriptor = descriptor;
        Limit = LimitOf(descriptor);
        RunLayer layer = new ScopeLayer(descriptor, scopes, logger);
        layer = Limit is { } limit ? new TimeLimitLayer(layer, limit, time) : layer;
        layer = middleware.Reverse().Aggregate(layer, (inner, next) => new MiddlewareLayer(inner, next, descriptor));
        _outermost = string.IsNullOrEmpty(principal) ? layer : new PrincipalLayer(layer, principal);
    }

    public ProcessorDescriptor Descriptor { get; }

    /// <summary>How long one execution may take; null for no limit.</summary>
    public TimeSpan? Limit { get; }

    /// <summary>Runs it once. Throws what the processor and all around it throw.</summary>
    public ValueTask<TaskProcessingJobResult> RunAsync(TaskProcessingJob job, CancellationToken aborted) => _outermost.RunAsync(job, aborted);

    private static TimeSpan? LimitOf(ProcessorDescriptor processor) => processor.TransactionMode != TransactionMode.Full
        ? processor.Timeout
        : processor.Timeout < FullTransactionLimit ? processor.Timeout : FullTransactionLimit;
}
