using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>A counter whose listeners may throw: it changes nothing here. Not there at all where they threw as it was made.</summary>
internal sealed class GuardedCounter(Counter<long>? counter, TelemetryErrors errors)
{
    /// <summary>Whether anybody listens. Asked before anything is made that only a listener needs.</summary>
    public bool IsEnabled => counter is { Enabled: true };

    public void AddOne(in TagList tags)
    {
        try
        {
            counter?.Add(1, in tags);
        }
#pragma warning disable CA1031 // Listeners are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.Tell(exception);
        }
    }
}

/// <summary>A histogram of times, with the same care as a <see cref="GuardedCounter"/>.</summary>
internal sealed class GuardedHistogram(Histogram<double>? histogram, TelemetryErrors errors)
{
    /// <inheritdoc cref="GuardedCounter.IsEnabled"/>
    public bool IsEnabled => histogram is { Enabled: true };

    public void Record(TimeSpan time, in TagList tags)
    {
        try
        {
            histogram?.Record(time.TotalSeconds, in tags);
        }
#pragma warning disable CA1031 // Listeners are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.Tell(exception);
        }
    }
}
