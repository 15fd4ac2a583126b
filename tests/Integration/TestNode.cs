using BrokerQueues.TestKit;
using Microsoft.Extensions.Hosting;

namespace BrokerQueues.Integration.Tests;

/// <summary>A worker node in the test's process.</summary>
public sealed class TestNode(IHost host, Script script, LogSink log)
{
    public IHost Host { get; } = host;

    public Script Script { get; } = script;

    public LogSink Log { get; } = log;

    public IReadOnlyList<Run> Runs => [.. Script.Runs];

    public Task HasRunAsync(int times) => Eventually.EqualAsync(times, () => Task.FromResult(Script.Runs.Count), "executions");
}
