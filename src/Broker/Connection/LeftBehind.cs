using BrokerQueues.Broker.Diagnostics;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Connection;

/// <summary>
/// Ends what the broker may not answer for, while nobody waits: the client's dispose of a channel takes up to 20 s then, its abort of a
/// connection 5 s, whatever the token says. The tasks returned complete when the client is done with it, and never fail.
/// </summary>
internal static class LeftBehind
{
    public static Task Channel(IChannel channel) => QuietlyAsync(() => channel.DisposeAsync().AsTask());

    /// <param name="connection">The connection.</param>
    /// <param name="reason">What its owner is told, should it still be open.</param>
    public static Task Connection(IConnection connection, string reason = "left behind") => QuietlyAsync(async () =>
    {
        await connection.CloseAsync(Constants.ConnectionForced, reason, TimeSpan.Zero, abort: true).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    });

    private static Task QuietlyAsync(Func<Task> end) => Background.Run(async () =>
    {
        try
        {
            await end().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody waits for it any more.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    });
}
