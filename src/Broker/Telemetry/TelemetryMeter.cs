using System.Diagnostics.Metrics;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>
/// Makes the instruments of the meter <see cref="BrokerQueuesTelemetry.MeterName"/>. Listeners are asked as an instrument is made, and are the
/// user's code: where that throws, there is no such instrument, and nothing else is changed.
/// </summary>
internal sealed class TelemetryMeter : IDisposable
{
    /// <summary>The buckets that the conventions advise for the times of operations, in seconds.</summary>
    public static readonly double[] OperationTimes = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly TelemetryErrors _errors;
    private readonly Meter? _meter;
    private readonly bool _isOwn;

    public TelemetryMeter(TelemetryErrors errors, IMeterFactory? factory = null)
    {
        _errors = errors;
        _isOwn = factory is null;
        _meter = Try(() =>
        {
            var options = new MeterOptions(BrokerQueuesTelemetry.MeterName) { Version = TaskActivities.Version, TelemetrySchemaUrl = TaskActivities.SchemaUrl };
            return factory is null ? new Meter(options) : factory.Create(options);
        });
    }

    public GuardedCounter CreateCounter(string name, string unit, string description) =>
        new(Try(() => _meter?.CreateCounter<long>(name, unit, description)), _errors);

    /// <param name="name">The name.</param>
    /// <param name="description">What times.</param>
    /// <param name="boundaries">Advice for its buckets, in seconds.</param>
    public GuardedHistogram CreateHistogram(string name, string description, double[] boundaries) =>
        new(Try(() => _meter?.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries })), _errors);

    /// <summary>Makes what is read whenever somebody collects: a number that goes up and down.</summary>
    public void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        Try(() => _meter?.CreateObservableUpDownCounter(name, read, unit, description));

    public void Dispose()
    {
        if (_isOwn)
        {
            Try<object>(() =>
            {
                _meter?.Dispose();
                return null;
            });
        }
    }

    private T? Try<T>(Func<T?> make)
        where T : class
    {
        try
        {
            return make();
        }
#pragma warning disable CA1031 // See above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _errors.Tell(exception);
            return null;
        }
    }
}
