using BrokerQueues.Broker.Diagnostics;

namespace BrokerQueues.Broker.Tests.Diagnostics;

public sealed class BackgroundTests
{
    private static readonly AsyncLocal<string?> s_caller = new();

    [Fact]
    public async Task Work_sees_nothing_of_the_callers_context()
    {
        s_caller.Value = "request 1";
        string? seen = "nothing yet";

        await Background.Run(() =>
        {
            seen = s_caller.Value;
            return Task.CompletedTask;
        });

        Assert.Null(seen);
        Assert.Equal("request 1", s_caller.Value);
    }

    [Fact]
    public async Task A_caller_that_suppresses_the_flow_itself_may_call_too()
    {
        Task work;
        using (ExecutionContext.SuppressFlow())
        {
            work = Background.Run(() => Task.CompletedTask);
        }

        await work;
    }
}
