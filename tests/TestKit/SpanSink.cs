using System.Collections.Concurrent;
using System.Diagnostics;

namespace BrokerQueues.TestKit;

/// <summary>Keeps the spans of an activity source that have ended and that a test is interested in: others run beside it.</summary>
public sealed class SpanSink : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public SpanSink(Func<Activity, bool> isOurs, string source = "BrokerQueues")
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = each => each.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (isOurs(span))
                {
                    _ended.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>In the order in which they ended.</summary>
    public IReadOnlyCollection<Activity> Ended => _ended;

    public void Dispose() => _listener.Dispose();
}
