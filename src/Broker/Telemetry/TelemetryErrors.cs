using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>Tells of listeners that throw. Only of the first time: one that throws does so for each task.</summary>
internal sealed partial class TelemetryErrors(ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateGuarded("BrokerQueues.Telemetry");
    private int _told;

    public void Tell(Exception exception)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            ListenerFailed(_logger, exception);
        }
    }

    [LoggerMessage(513, LogLevel.Warning, "A listener of the activity source or the meter threw. No task is affected; further times are not told")]
    private static partial void ListenerFailed(ILogger logger, Exception error);
}
