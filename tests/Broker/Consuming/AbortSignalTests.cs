using BrokerQueues.Broker.Consuming;

namespace BrokerQueues.Broker.Tests.Consuming;

public sealed class AbortSignalTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_registration_that_blocks_keeps_nobody_else_from_hearing_of_it()
    {
        var signal = new AbortSignal(_failed.SetResult);
        CancellationTokenSource[] executions = [signal.Rent(), signal.Rent(), signal.Rent()];
        using var held = new ManualResetEventSlim();
        foreach (CancellationTokenSource execution in executions)
        {
            execution.Token.Register(held.Wait);
        }

        CancellationTokenSource free = signal.Rent();
        var freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        free.Token.Register(freed.SetResult);
        signal.Fire();
        await freed.Task.WaitAsync(s_deadline);
        Assert.All(executions, execution => Assert.True(execution.IsCancellationRequested));
        held.Set();
    }

    [Fact]
    public async Task A_registration_that_throws_is_told_and_the_others_run()
    {
        var signal = new AbortSignal(_failed.SetResult);
        CancellationTokenSource execution = signal.Rent();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        execution.Token.Register(heard.SetResult);
        execution.Token.Register(() => throw new InvalidOperationException("no"));
        signal.Fire();
        await heard.Task.WaitAsync(s_deadline);
        Assert.Contains("no", (await _failed.Task.WaitAsync(s_deadline)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_lent_after_it_has_fired_has_fired()
    {
        var signal = new AbortSignal(_failed.SetResult);
        signal.Fire();
        Assert.True(signal.All.IsCancellationRequested);
        Assert.True(signal.Rent().IsCancellationRequested);
    }

    [Fact]
    public void A_source_is_used_again_and_forgets_what_was_registered()
    {
        var signal = new AbortSignal(_failed.SetResult);
        CancellationTokenSource first = signal.Rent();
        bool heard = false;
        first.Token.Register(() => heard = true);
        signal.Return(first);
        Assert.Same(first, signal.Rent());
        first.Cancel();
        Assert.False(heard);
    }

    [Fact]
    public void A_source_that_has_fired_is_not_used_again()
    {
        var signal = new AbortSignal(_failed.SetResult);
        CancellationTokenSource first = signal.Rent();
        first.Cancel();
        signal.Return(first);
        Assert.NotSame(first, signal.Rent());
    }
}
