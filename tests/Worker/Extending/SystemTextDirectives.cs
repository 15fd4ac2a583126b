using System.Text.Json;
using BrokerQueues.Broker.Wire.Json;

namespace BrokerQueues.Worker.Tests.Extending;

internal sealed class SystemTextDirectives : IDirectiveSerializer
{
    public byte[] Write(ITaskDirective directive) => JsonSerializer.SerializeToUtf8Bytes(directive, directive.GetType());

    public ITaskDirective? Read(ReadOnlyMemory<byte> body, Type directiveType) =>
        body.IsEmpty ? null : (ITaskDirective?)JsonSerializer.Deserialize(body.Span, directiveType);
}
