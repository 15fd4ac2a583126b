using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace BrokerQueues.TestKit;

/// <summary>Keeps what the meters of one factory measure.</summary>
public sealed class MetricSink : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, IReadOnlyDictionary<string, object?> Tags)> _measured = new();
    private readonly MeterListener _listener = new();

    /// <param name="factory">The factory of the host that is tested: others run beside it.</param>
    public MetricSink(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All measurements, in order.</summary>
    public IReadOnlyCollection<(string Name, double Value, IReadOnlyDictionary<string, object?> Tags)> All => _measured;

    /// <summary>All measurements of an instrument, with their tags.</summary>
    public IReadOnlyList<(double Value, IReadOnlyDictionary<string, object?> Tags)> Of(string name) =>
        [.. _measured.Where(each => each.Name == name).Select(each => (each.Value, each.Tags))];

    /// <summary>The sum of an instrument over all measurements that have these tags.</summary>
    public double Sum(string name, params (string Key, string Value)[] tags) =>
        Of(name).Where(each => tags.All(tag => Equals(each.Tags.GetValueOrDefault(tag.Key), tag.Value))).Sum(each => each.Value);

    /// <summary>Asks what is read only when somebody collects, and forgets what it said before.</summary>
    public double Read(string name)
    {
        int before = Of(name).Count;
        _listener.RecordObservableInstruments();
        return Of(name).Skip(before).Sum(each => each.Value);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Enqueue((instrument.Name, value, new Dictionary<string, object?>(tags.ToArray(), StringComparer.Ordinal)));
}
