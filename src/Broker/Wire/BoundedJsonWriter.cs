using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire;

/// <summary>Refuses to write what no worker would read.</summary>
internal sealed class BoundedJsonWriter(TextWriter text) : JsonTextWriter(text)
{
    private int _depth;

    public override void WriteStartObject()
    {
        Enter();
        base.WriteStartObject();
    }

    public override void WriteStartArray()
    {
        Enter();
        base.WriteStartArray();
    }

    protected override void WriteEnd(JsonToken token)
    {
        _depth--;
        base.WriteEnd(token);
    }

    private void Enter()
    {
        if (++_depth > DirectiveJson.MaxDepth)
        {
            throw new JsonWriterException($"The directive is nested deeper than {DirectiveJson.MaxDepth} levels at '{Path}', which no worker reads. Flatten it, or send a reference.");
        }
    }
}
