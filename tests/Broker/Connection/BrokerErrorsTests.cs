using System.Threading.Channels;
using BrokerQueues.Broker.Connection;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class BrokerErrorsTests
{
    private static readonly ShutdownEventArgs s_reason = new(ShutdownInitiator.Peer, 404, "NOT_FOUND - no queue 'orders'");

    public static TheoryData<Exception, bool, bool> Meanings() => new()
    {
        { new AlreadyClosedException(s_reason), true, true },
        { new OperationInterruptedException(s_reason), true, true },
        { new IOException(), true, true },
        { new ObjectDisposedException("channel"), true, true },
        { new ChannelClosedException(), true, true },
        { new BrokerUnreachableException(new IOException()), true, true },
        { new TimeoutException(), true, false },
        { new OperationCanceledException(), true, false },
        { new System.Net.Sockets.SocketException(), true, false },
        { new InvalidOperationException(), false, false },
    };

    [Theory]
    [MemberData(nameof(Meanings))]
    public void Of_each_exception_it_is_known_whether_to_ask_again_and_whether_the_channel_is_closed(Exception exception, bool gone, bool closed)
    {
        Assert.Equal(gone, BrokerErrors.MeansGone(exception));
        Assert.Equal(closed, BrokerErrors.MeansClosed(exception));
    }

    [Fact]
    public void A_cancellation_of_our_own_is_no_silence_of_the_broker()
    {
        Assert.False(BrokerErrors.MeansGone(new OperationCanceledException(), new CancellationToken(canceled: true)));
        Assert.True(BrokerErrors.MeansGone(new OperationCanceledException(), CancellationToken.None));
        Assert.True(BrokerErrors.MeansGone(new TimeoutException(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void What_the_broker_said_is_read_where_it_said_anything()
    {
        Assert.Equal(404, BrokerErrors.ReplyCodeOf(new OperationInterruptedException(s_reason))!.Value);
        Assert.Equal("NOT_FOUND - no queue 'orders'", BrokerErrors.ReplyTextOf(new AlreadyClosedException(s_reason)));
        Assert.Null(BrokerErrors.ReplyCodeOf(new TimeoutException()));
        Assert.Null(BrokerErrors.ReplyTextOf(new TimeoutException()));
    }
}
