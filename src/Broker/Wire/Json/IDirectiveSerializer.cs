namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Makes the body of a message of a directive, and a directive of a body. It is called by many at a time.</summary>
internal interface IDirectiveSerializer
{
    /// <summary>Writes a directive so that whoever reads it as the same type gets what this one is.</summary>
    /// <param name="directive">The directive; it is not changed.</param>
    /// <returns>The body: JSON in UTF-8. It is the caller's.</returns>
    /// <exception cref="DirectiveRefusedException">It cannot be written, or would arrive as something else.</exception>
    byte[] Write(ITaskDirective directive);

    /// <summary>Reads a directive.</summary>
    /// <param name="body">JSON in UTF-8. It is not kept: its array belongs to a pool.</param>
    /// <param name="directiveType">A class that implements <see cref="ITaskDirective"/>.</param>
    /// <returns>A directive of that type; null for a body that is empty, or <c>null</c> in JSON.</returns>
    /// <exception cref="Newtonsoft.Json.JsonException">The body is not the JSON of such a directive.</exception>
    /// <exception cref="System.Text.DecoderFallbackException">The body is not UTF-8.</exception>
    ITaskDirective? Read(ReadOnlyMemory<byte> body, Type directiveType);

    /// <summary>What the type alone tells that no such directive can be sent, asked at the start of a worker that would process it.</summary>
    /// <param name="directiveType">A type that implements <see cref="ITaskDirective"/>.</param>
    /// <returns>Ends of sentences that begin with the name of the type; none where nothing is wrong.</returns>
    IEnumerable<string> FindMistakes(Type directiveType) => [];
}
