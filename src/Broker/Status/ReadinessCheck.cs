using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BrokerQueues.Broker.Status;

/// <summary>The health check of readiness. It reads what is known and asks the broker nothing, so it costs nothing and cannot hang.</summary>
internal sealed class ReadinessCheck(ProgramStatus program) : IHealthCheck
{
    private const int ShownReasons = 5;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        program.BeginPublishing();
        BrokerQueuesStatus status = program.GetStatus();
        return Task.FromResult(new HealthCheckResult(
            status.Readiness switch
            {
                BrokerQueuesReadiness.Ready => HealthStatus.Healthy,
                BrokerQueuesReadiness.Degraded => HealthStatus.Degraded,
                _ => context.Registration.FailureStatus,
            },
            Describe(status),
            data: Data(status)));
    }

    private static string Describe(BrokerQueuesStatus status) => status.Reasons.Count == 0
        ? $"Node {status.NodeId} is connected, and consumes {status.Queues.Count(queue => queue.State == TaskQueueState.Consuming)} queue(s)."
        : string.Join(' ', status.Reasons.Take(ShownReasons)) + (status.Reasons.Count > ShownReasons ? $" And {status.Reasons.Count - ShownReasons} more." : "");

    private static Dictionary<string, object> Data(BrokerQueuesStatus status)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["node"] = status.NodeId };
        foreach (BrokerConnectionStatus connection in status.Connections)
        {
            data[$"connection {connection.Role}"] = connection.Reason is null ? $"{connection.State}" : $"{connection.State}: {connection.Reason}";
        }

        foreach (TaskQueueStatus queue in status.Queues)
        {
            data[$"queue {queue.QueueId}"] = queue.Reason is null ? $"{queue.State}" : $"{queue.State}: {queue.Reason}";
        }

        return data;
    }
}
