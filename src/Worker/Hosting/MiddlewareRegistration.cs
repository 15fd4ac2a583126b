namespace BrokerQueues.Worker.Hosting;

/// <summary>A middleware of a worker, and which processors it is around.</summary>
internal sealed record MiddlewareRegistration(Type Type, Func<ITaskProcessorInfo, bool>? AppliesTo);
