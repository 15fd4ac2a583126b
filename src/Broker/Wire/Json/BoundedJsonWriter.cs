using System.Globalization;
using Newtonsoft.Json;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>Refuses to write what no worker would read, and notices values whose types alone do not tell that they are read as they were written.</summary>
internal sealed class BoundedJsonWriter : JsonTextWriter
{
    // Not in the writer: contracts, which notice some of it, do not know who writes.
    [ThreadStatic]
    private static bool t_isDoubtful;

    private int _depth;
    private bool _isAtStart;

    public BoundedJsonWriter(TextWriter text)
        : base(text) => t_isDoubtful = false;

    /// <summary>Whether what was written on this thread needs trying.</summary>
    public static bool IsDoubtful => t_isDoubtful;

    /// <summary>Where the object is that is being written, whichever of its members was the last.</summary>
    public string ContainerPath => _isAtStart ? Path : Path[..Math.Max(0, Path.LastIndexOf(Path.EndsWith("']", StringComparison.Ordinal) ? "['" : ".", StringComparison.Ordinal))];

    public static void Doubt() => t_isDoubtful = true;

    public override void WriteStartObject()
    {
        Enter();
        base.WriteStartObject();
        _isAtStart = true;
    }

    public override void WriteStartArray()
    {
        Enter();
        base.WriteStartArray();
    }

    public override void WritePropertyName(string name)
    {
        RefuseTypeName(name);
        _isAtStart = false;
        base.WritePropertyName(name);
    }

    public override void WritePropertyName(string name, bool escape)
    {
        RefuseTypeName(name);
        _isAtStart = false;
        base.WritePropertyName(name, escape);
    }

    public override void WriteUndefined() => throw new DirectiveRefusedException("is 'undefined', which JSON cannot say. Send null");

    public override void WriteStartConstructor(string name) => throw new DirectiveRefusedException("is a constructor of JavaScript, which is no JSON. Send an object or an array");

    public override void WriteValue(DateTime value)
    {
        // An hour that the clocks leave out, or one at the end of time.
        t_isDoubtful |= value.Kind == DateTimeKind.Local;
        base.WriteValue(value);
    }

    public override void WriteValue(decimal value)
    {
        // Left to itself it writes 5 as 5.0, which is another decimal.
        if (value.Scale == 0)
        {
            WriteRawValue(value.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            base.WriteValue(value);
        }
    }

    public override void WriteValue(double value)
    {
        t_isDoubtful |= !double.IsFinite(value);
        base.WriteValue(value);
    }

    public override void WriteValue(double? value)
    {
        t_isDoubtful |= value is { } real && !double.IsFinite(real);
        base.WriteValue(value);
    }

    public override void WriteValue(float value)
    {
        t_isDoubtful |= !float.IsFinite(value);
        base.WriteValue(value);
    }

    public override void WriteValue(float? value)
    {
        t_isDoubtful |= value is { } real && !float.IsFinite(real);
        base.WriteValue(value);
    }

    protected override void WriteEnd(JsonToken token)
    {
        _depth--;
        _isAtStart = false;
        base.WriteEnd(token);
    }

    private static void RefuseTypeName(string name)
    {
        if (name == "$type")
        {
            throw new DirectiveRefusedException("has a member or key '$type', which no worker reads: it would name a type. Call it otherwise");
        }
    }

    private void Enter()
    {
        if (++_depth > DirectiveJson.MaxDepth)
        {
            throw new DirectiveRefusedException($"is nested deeper than {DirectiveJson.MaxDepth} levels, which no worker reads. Flatten it, or send a reference");
        }
    }
}
