using BrokerQueues.Broker.Connection;
using Microsoft.Extensions.Time.Testing;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class BrokerCallTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_question_that_ignores_its_token_ends_at_its_limit()
    {
        var silent = new TaskCompletionSource<int>();
        Task<int> asked = BrokerCall.WithinAsync("opening a channel", s_limit, _time, _ => silent.Task, null, CancellationToken.None);

        _time.Advance(s_limit - TimeSpan.FromTicks(1));
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => asked);
        Assert.Contains("opening a channel", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_after_all_is_handed_to_whoever_disposes_of_it()
    {
        var silent = new TaskCompletionSource<int>();
        var abandoned = new TaskCompletionSource<int>();
        Task<int> asked = BrokerCall.WithinAsync(
            "connecting",
            s_limit,
            _time,
            _ => silent.Task,
            late =>
            {
                abandoned.SetResult(late);
                return Task.CompletedTask;
            },
            CancellationToken.None);
        _time.Advance(s_limit);
        await Assert.ThrowsAsync<TimeoutException>(() => asked);

        silent.SetResult(7);

        Assert.Equal(7, await abandoned.Task);
    }

    [Fact]
    public async Task A_callers_token_ends_it_at_once_and_is_no_timeout()
    {
        var silent = new TaskCompletionSource<int>();
        using var callers = new CancellationTokenSource();
        Task<int> asked = BrokerCall.WithinAsync("connecting", s_limit, _time, _ => silent.Task, null, callers.Token);

        await callers.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task What_the_question_throws_comes_through()
    {
        await Assert.ThrowsAsync<IOException>(() => BrokerCall.WithinAsync(
            "connecting", s_limit, _time, _ => Task.FromException<int>(new IOException("reset")), null, CancellationToken.None));
    }
}
