using BrokerQueues.Broker.Status;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds BrokerQueues to the health checks of a program.</summary>
public static class BrokerQueuesHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of readiness. It is healthy while the connections that the program needs are open and all queues of its worker, those that its settings
    /// disable excepted, are consumed. It is degraded while an alarm of the broker blocks publishing, and has <paramref name="failureStatus"/> otherwise: without a broker, with a refused
    /// password, while a queue is halted or gone, while the worker starts or stops. Its description says why. The broker is not asked; a program that
    /// consumes nothing begins to connect at the first check.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returned. The program calls <c>AddBrokerQueues</c> on its services too.</param>
    /// <param name="name">The name of the check. Default: <c>brokerqueues</c>.</param>
    /// <param name="failureStatus">What it reports when the program is not ready. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Its tags, by which an endpoint chooses its checks. Default: <c>ready</c>.</param>
    /// <param name="timeout">Its time limit; it never waits for anything. Default: none.</param>
    /// <returns>The same builder.</returns>
    public static IHealthChecksBuilder AddBrokerQueues(
        this IHealthChecksBuilder builder, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name ?? "brokerqueues", provider => new ReadinessCheck(ProgramOf(provider)), failureStatus, tags ?? ["ready"], timeout));
    }

    /// <summary>
    /// Adds a check of liveness. It fails only where the process cannot go on by itself and a new one would do better: the watch over connections and queues stands
    /// still for a minute, or six heartbeats if that is longer, because the threads of the process are blocked. Without a broker it stays healthy, and in a program that only
    /// publishes always.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returned. The program calls <c>AddBrokerQueues</c> on its services too.</param>
    /// <param name="name">The name of the check. Default: <c>brokerqueues-live</c>.</param>
    /// <param name="failureStatus">What it reports then. Default: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Its tags, by which an endpoint chooses its checks. Default: <c>live</c>.</param>
    /// <param name="timeout">Its time limit; it never waits for anything. Default: none.</param>
    /// <returns>The same builder.</returns>
    public static IHealthChecksBuilder AddBrokerQueuesLiveness(
        this IHealthChecksBuilder builder, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name ?? "brokerqueues-live", provider => new LivenessCheck(ProgramOf(provider)), failureStatus, tags ?? ["live"], timeout));
    }

    private static ProgramStatus ProgramOf(IServiceProvider provider) => provider.GetService<ProgramStatus>() ??
        throw new InvalidOperationException("The health check of BrokerQueues has nothing to check. Call AddBrokerQueues on the services of the program.");
}
