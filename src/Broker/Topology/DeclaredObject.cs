using System.Globalization;
using System.Text.RegularExpressions;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>What the broker says when a declaration does not fit what exists (406).</summary>
/// <param name="Name">The argument or property.</param>
/// <param name="Received">What was declared; null for not set.</param>
/// <param name="Current">What exists; null for not set.</param>
internal sealed partial record InequivalentArgument(string Name, string? Received, string? Current)
{
    /// <summary>Reads the text of RabbitMQ 3.10 to 4.3; null where it says something else.</summary>
    public static InequivalentArgument? Parse(string replyText)
    {
        Match match = Pattern().Match(replyText);
        return match.Success
            ? new InequivalentArgument(match.Groups["name"].Value, ValueOf(match.Groups["received"]), ValueOf(match.Groups["current"]))
            : null;
    }

    private static string? ValueOf(Group group) => group.Success ? group.Value : null;

    [GeneratedRegex(
        "inequivalent arg '(?<name>[^']+)' for .*: received (none|(the value )?'(?<received>[^']*)'( of type '\\w+')?)" +
        " but current is (none|(the value )?'(?<current>[^']*)'( of type '\\w+')?)$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}

/// <summary>An exchange or queue on its way to the broker, whose arguments can be bent to what exists there.</summary>
internal abstract class DeclaredObject(string kind, string name, Dictionary<string, object?> arguments)
{
    public string Name { get; } = name;

    /// <summary>Declared even where nothing else may be; <see cref="QueueSpec.OfNode"/>.</summary>
    public virtual bool IsOfNode => false;

    /// <summary>A worker publishes to it; <see cref="ExchangeSpec.IsWrittenTo"/>.</summary>
    public virtual bool IsWrittenTo => false;

    /// <summary>Cannot exist before this connection, so that there is nothing to look for.</summary>
    public virtual bool IsExclusive => false;

    protected Dictionary<string, object?> Arguments { get; } = arguments;

    public bool IsExchange => kind == "exchange";

    public static DeclaredObject Of(ExchangeSpec exchange) => new DeclaredExchange(exchange);

    public static DeclaredObject Of(QueueSpec queue) => new DeclaredQueue(queue);

    public string Describe() => $"{kind} '{Name}'";

    /// <summary>Asks whether it exists, whatever its arguments; where it does not, the broker closes the channel.</summary>
    public abstract Task LookAsync(IChannel channel, CancellationToken cancellationToken);

    /// <summary>Declares it; where it exists, that compares it. With <paramref name="noWait"/> the broker answers only by closing the channel.</summary>
    public abstract Task DeclareAsync(IChannel channel, bool noWait, CancellationToken cancellationToken);

    /// <summary>Declares from now on what exists. False where that cannot be said.</summary>
    public bool TakeOver(InequivalentArgument argument)
    {
        if (TakeOverProperty(argument.Name, argument.Current))
        {
            return true;
        }

        if (!argument.Name.StartsWith("x-", StringComparison.Ordinal) && argument.Name != "alternate-exchange")
        {
            return false;
        }

        if (argument.Current is null)
        {
            return Arguments.Remove(argument.Name);
        }

        Arguments[argument.Name] = argument.Current switch
        {
            "true" => true,
            "false" => false,
            var text when long.TryParse(text, CultureInfo.InvariantCulture, out long number) => number,
            var text => text,
        };
        return true;
    }

    protected abstract bool TakeOverProperty(string name, string? value);

    private sealed class DeclaredExchange(ExchangeSpec spec) : DeclaredObject("exchange", spec.Name, spec.Arguments())
    {
        private string _type = spec.Type;
        private bool _durable = true;
        private bool _autoDelete;

        public override bool IsWrittenTo => spec.IsWrittenTo;

        public override Task LookAsync(IChannel channel, CancellationToken cancellationToken) => channel.ExchangeDeclarePassiveAsync(Name, cancellationToken);

        public override Task DeclareAsync(IChannel channel, bool noWait, CancellationToken cancellationToken) =>
            channel.ExchangeDeclareAsync(Name, _type, _durable, _autoDelete, Arguments, noWait: noWait, cancellationToken: cancellationToken);

        protected override bool TakeOverProperty(string name, string? value)
        {
            switch (name)
            {
                case "type" when value is not null:
                    _type = value;
                    return true;
                case "durable":
                    _durable = value == "true";
                    return true;
                case "auto_delete":
                    _autoDelete = value == "true";
                    return true;
                default:
                    return false;
            }
        }
    }

    private sealed class DeclaredQueue(QueueSpec spec) : DeclaredObject("queue", spec.Name, new Dictionary<string, object?>(spec.Arguments))
    {
        private bool _durable = spec.Durable;
        private bool _autoDelete = spec.AutoDelete;

        public override bool IsOfNode => spec.OfNode;

        public override bool IsExclusive => spec.Exclusive;

        public override Task LookAsync(IChannel channel, CancellationToken cancellationToken) => channel.QueueDeclarePassiveAsync(Name, cancellationToken);

        public override Task DeclareAsync(IChannel channel, bool noWait, CancellationToken cancellationToken) =>
            channel.QueueDeclareAsync(Name, _durable, spec.Exclusive, _autoDelete, Arguments, noWait: noWait, cancellationToken: cancellationToken);

        protected override bool TakeOverProperty(string name, string? value)
        {
            switch (name)
            {
                case "durable":
                    _durable = value == "true";
                    return true;
                case "auto_delete":
                    _autoDelete = value == "true";
                    return true;
                default:
                    return false;
            }
        }
    }
}
