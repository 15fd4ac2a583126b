using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Topology;

/// <summary>Says every few seconds how far a slow broker has come; a fast one is done before.</summary>
internal sealed class TopologyProgress : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _began;
    private readonly ITimer _timer;
    private volatile Step _step = new("", 0);

    public TopologyProgress(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _began = time.GetTimestamp();
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(_ => Tell(), state: null, s_interval, s_interval);
        }
    }

    public void Begin(string step, int total) => _step = new Step(step, total);

    public void Answered(int count) => Interlocked.Add(ref _step.Done, count);

    public void Dispose() => _timer.Dispose();

    private void Tell()
    {
        Step step = _step;
        TopologyLog.StillAt(_logger, step.Name, Volatile.Read(ref step.Done), step.Total, _time.GetElapsedTime(_began).TotalSeconds);
    }

    private sealed class Step(string name, int total)
    {
        public int Done;

        public string Name { get; } = name;

        public int Total { get; } = total;
    }
}
