using BrokerQueues.Broker.Connection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Tests.Connection;

public sealed class BrokerConnectionDisposalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_that_never_come_hold_up_no_disposal(bool blockingTheThread)
    {
        using var never = new ManualResetEventSlim();
        var credentials = new Stuck(never, blockingTheThread);
        var options = new BrokerQueuesOptions();
        await using var connections = new BrokerConnections(
            new FixedOptions(options), new NodeIdentity(Options.Create(options)), TimeProvider.System, NullLoggerFactory.Instance, credentials);
        Task connecting = connections.Publishing.GetAsync(CancellationToken.None);
        await credentials.Asked.Task.WaitAsync(TimeSpan.FromMinutes(2));

        await connections.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(2));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => connecting);
        Assert.False(never.IsSet);
        never.Set();
    }

    private sealed class Stuck(ManualResetEventSlim never, bool blockingTheThread) : IBrokerCredentials
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<BrokerCredentials> GetAsync(CancellationToken cancellationToken)
        {
            Asked.TrySetResult();
            if (blockingTheThread)
            {
                never.Wait(CancellationToken.None);
            }

            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            throw new InvalidOperationException("unreachable");
        }
    }
}
