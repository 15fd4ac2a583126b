using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;
using Microsoft.Extensions.Time.Testing;
using Polly;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class BackoffTests
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task What_fails_is_tried_until_it_works_after_pauses_that_grow_to_the_longest()
    {
        var pauses = new List<TimeSpan>();
        int attempts = 0;
        ResiliencePipeline<int> backoff = Backoff.Create<int>(s_first, s_longest, _time, (outcome, _) => outcome.Exception is not null, (_, pause) => pauses.Add(pause));

        Task<int> trying = backoff.ExecuteAsync(_ => ++attempts <= 20 ? throw new InvalidOperationException("not yet") : new ValueTask<int>(attempts)).AsTask();
        await Passing.UntilAsync(_time, _time.Advance, TimeSpan.FromSeconds(1), () => trying.IsCompleted, () => $"attempt {attempts}");

        Assert.Equal(21, await trying);
        Assert.Equal(20, pauses.Count);
        Assert.InRange(pauses[0], TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(s_longest, pauses.Max());
    }

    [Fact]
    public async Task What_is_not_to_be_tried_again_is_thrown_as_it_is()
    {
        var told = new List<string?>();
        ResiliencePipeline<int> backoff = Backoff.Create<int>(
            s_first, s_longest, _time, (_, failedBefore) => failedBefore < 3, (failure, _) => told.Add(failure?.Message));
        int attempts = 0;

        Task<int> trying = backoff.ExecuteAsync(ValueTask<int> (_) => throw new InvalidOperationException($"{++attempts}")).AsTask();
        await Passing.UntilAsync(_time, _time.Advance, TimeSpan.FromSeconds(1), () => trying.IsCompleted, () => $"attempt {attempts}");

        Assert.Equal("4", (await Assert.ThrowsAsync<InvalidOperationException>(() => trying)).Message);
        Assert.Equal(["1", "2", "3"], told);
    }
}
