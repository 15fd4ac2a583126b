using System.Text;

namespace BrokerQueues.Broker.Wire;

/// <summary>The names of the message headers of wire contract v1, and how their values are read.</summary>
internal static class TaskHeaders
{
    public const string Attempt = "bq-attempt";
    public const string DisplayName = "bq-display-name";
    public const string SentBy = "bq-sent-by";
    public const string Initiator = "bq-initiator";
    public const string TraceParent = "traceparent";
    public const string TraceState = "tracestate";

    /// <summary>How often a processor has put the task back by Abort: the hold-off grows with it.</summary>
    public const string Aborts = "bq-aborts";

    public const string Result = "bq-result";
    public const string ErrorType = "bq-error-type";
    public const string ErrorMessage = "bq-error-message";
    public const string ErrorStack = "bq-error-stack";
    public const string FailedAt = "bq-failed-at";
    public const string FailedNode = "bq-failed-node";
    public const string OriginQueue = "bq-origin-queue";
    public const string Attempts = "bq-attempts";
    public const string Redrives = "bq-redrives";

    /// <summary>Names of headers that were left out of a copy because the table would not have fitted in a frame.</summary>
    public const string DroppedHeaders = "bq-dropped-headers";

    public const string Death = "x-death";
    public const string DeliveryCount = "x-delivery-count";
    public const string AcquiredCount = "x-acquired-count";

    /// <summary>
    /// Whether a header must not travel onto a copy. x-death on a copy makes RabbitMQ 3.10 take the next dead-lettering for a
    /// cycle and drop the message; counts would be believed on the next delivery; an error belongs to the attempt that had it.
    /// </summary>
    public static bool BelongsToOneDelivery(string name) => name switch
    {
        Death or DeliveryCount or AcquiredCount or "x-dotnet-pub-seq-no" => true,
        Result or ErrorType or ErrorMessage or ErrorStack or FailedAt or FailedNode or OriginQueue or Attempts or DroppedHeaders => true,
        _ => name.StartsWith("x-first-death-", StringComparison.Ordinal) || name.StartsWith("x-last-death-", StringComparison.Ordinal),
    };

    /// <summary>A header as text; null where it is missing or no text. AMQP strings arrive as bytes.</summary>
    public static string? ReadText(IDictionary<string, object?>? headers, string name) =>
        headers is not null && headers.TryGetValue(name, out object? value) ? AsText(value) : null;

    public static string? AsText(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        string text => text,
        _ => null,
    };

    /// <summary>A header as a whole number, whatever width the publisher's library chose; null where it is none.</summary>
    public static long? AsInteger(object? value) => value switch
    {
        int number => number,
        long number => number,
        short number => number,
        sbyte number => number,
        byte number => number,
        ushort number => number,
        uint number => number,
        _ => null,
    };

    public static long? ReadInteger(IDictionary<string, object?>? headers, string name) =>
        headers is not null && headers.TryGetValue(name, out object? value) ? AsInteger(value) : null;
}
