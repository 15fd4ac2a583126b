using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BrokerQueues.Broker.Status;

/// <summary>The health check of liveness: fails only where a new process would do better than this one. An outage of the broker is no such thing.</summary>
internal sealed class LivenessCheck(ProgramStatus program) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        program.WhyNotAlive() is { } why
            ? new HealthCheckResult(context.Registration.FailureStatus, $"The process cannot go on: {why}.")
            : HealthCheckResult.Healthy());
}
