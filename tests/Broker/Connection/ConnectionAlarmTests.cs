using BrokerQueues.Broker.Connection;
using BrokerQueues.TestKit;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class ConnectionAlarmTests
{
    private readonly ConnectionAlarm _alarm = new();

    [Fact]
    public async Task Whoever_waits_goes_on_when_it_is_over()
    {
        Assert.True(_alarm.WhenOverAsync(CancellationToken.None).IsCompletedSuccessfully);
        _alarm.Begin("low on memory");
        Task waiting = _alarm.WhenOverAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);

        _alarm.End();

        await waiting.WaitAsync(Eventually.Deadline);
        Assert.Null(_alarm.Reason);
    }

    [Fact]
    public async Task Another_on_top_is_waited_out_as_well_and_its_reason_is_told()
    {
        _alarm.Begin("low on memory");
        Task waiting = _alarm.WhenOverAsync(CancellationToken.None);

        _alarm.Begin("low on disk");

        Assert.Equal("low on disk", _alarm.Reason);
        Assert.False(waiting.IsCompleted);
        _alarm.End();
        await waiting.WaitAsync(Eventually.Deadline);
    }

    // Told and taken back at once, as where the connection is lost meanwhile: never a wait without a reason, which nothing would end.
    [Fact]
    public async Task Of_a_beginning_and_an_end_at_once_no_wait_is_left_that_no_reason_explains()
    {
        for (int round = 0; round < 2_000; round++)
        {
            var alarm = new ConnectionAlarm();
            alarm.Begin("low on memory");
            using var together = new Barrier(2);
            var beginning = Task.Run(() =>
            {
                together.SignalAndWait();
                alarm.Begin("low on disk");
            });
            together.SignalAndWait();
            alarm.End();
            await beginning;
            Assert.Equal(alarm.Reason is null, alarm.WhenOverAsync(CancellationToken.None).IsCompletedSuccessfully);
        }
    }
}
