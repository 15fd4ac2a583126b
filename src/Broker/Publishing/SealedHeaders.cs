namespace BrokerQueues.Broker.Publishing;

/// <summary>
/// The headers of a message as they are to arrive: what the client writes into them is dropped. Where somebody listens to its activity source,
/// it puts the span of its own call in the place of the publish's trace context, and that span belongs to the loop that sends, not to the caller.
/// </summary>
/// <remarks>The client writes through the interface; whoever makes the message writes through the class, and still can.</remarks>
internal sealed class SealedHeaders : Dictionary<string, object?>, IDictionary<string, object?>
{
    public SealedHeaders(int capacity)
        : base(capacity, StringComparer.Ordinal)
    {
    }

    private SealedHeaders(IDictionary<string, object?> headers)
        : base(headers, StringComparer.Ordinal)
    {
    }

    object? IDictionary<string, object?>.this[string key]
    {
        get => base[key];
        set
        {
        }
    }

    /// <summary>These headers, sealed.</summary>
    public static SealedHeaders Of(IDictionary<string, object?>? headers) => headers switch
    {
        SealedHeaders already => already,
        null => new SealedHeaders(0),
        _ => new SealedHeaders(headers),
    };

    void IDictionary<string, object?>.Add(string key, object? value)
    {
    }

    bool IDictionary<string, object?>.Remove(string key) => false;

    void ICollection<KeyValuePair<string, object?>>.Add(KeyValuePair<string, object?> item)
    {
    }

    bool ICollection<KeyValuePair<string, object?>>.Remove(KeyValuePair<string, object?> item) => false;

    void ICollection<KeyValuePair<string, object?>>.Clear()
    {
    }
}
