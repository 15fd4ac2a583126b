using System.Reflection;
using BrokerQueues.Broker.Consuming;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>A session over a client that does nothing: what an execution asks of its session costs as much as with a real one.</summary>
internal static class IdleSession
{
    public static ConsumerSession Start() => ConsumerSession.StartAsync(
        DispatchProxy.Create<IConnection, Nothing>(),
        new SubscriptionSpec { QueueId = TypicalTask.Queue, QueueName = TypicalTask.Queue, Prefetch = 1 },
        sink: null!, TimeProvider.System, NullLogger.Instance, CancellationToken.None).GetAwaiter().GetResult();

#pragma warning disable CA1852 // DispatchProxy derives from it.
    internal class Nothing : DispatchProxy
#pragma warning restore CA1852
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IConnection.CreateChannelAsync) ? Task.FromResult(Create<IChannel, Nothing>())
            : targetMethod.ReturnType == typeof(Task) ? Task.CompletedTask
            : targetMethod.ReturnType == typeof(Task<string>) ? Task.FromResult("consumer")
            : null;
    }
}
