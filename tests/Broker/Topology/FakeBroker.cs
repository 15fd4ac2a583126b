using System.Reflection;
using BrokerQueues.Broker.Topology;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Tests.Topology;

/// <summary>Answers declarations as RabbitMQ does: 404 and 406 close the channel, and 406 names only the first argument that differs.</summary>
internal sealed class FakeBroker
{
    private readonly Dictionary<string, Dictionary<string, object?>> _objects = new(StringComparer.Ordinal);

    /// <summary>What was declared or bound and was not there before, in order.</summary>
    public List<string> Made { get; } = [];

    /// <summary>The reply to a declaration that differs, in place of the usual text.</summary>
    public string? Reply { get; set; }

    public IConnection Connect() => Connection.Create(this);

    public void Has(QueueSpec queue, params (string Name, object? Value)[] differing) =>
        Put($"queue '{queue.Name}'", Properties(queue.Durable, queue.AutoDelete, queue.Arguments), differing);

    public void Has(ExchangeSpec exchange, params (string Name, object? Value)[] differing)
    {
        Dictionary<string, object?> properties = Properties(true, false, exchange.Arguments());
        properties["type"] = exchange.Type;
        Put($"exchange '{exchange.Name}'", properties, differing);
    }

    private static Dictionary<string, object?> Properties(bool durable, bool autoDelete, IEnumerable<KeyValuePair<string, object?>> arguments) =>
        new(arguments, StringComparer.Ordinal) { ["durable"] = durable, ["auto_delete"] = autoDelete };

    private void Put(string name, Dictionary<string, object?> properties, (string Name, object? Value)[] differing)
    {
        foreach ((string key, object? value) in differing)
        {
            if (value is null)
            {
                properties.Remove(key);
            }
            else
            {
                properties[key] = value;
            }
        }

        _objects[name] = properties;
    }

    private void Declare(string name, Dictionary<string, object?> properties)
    {
        if (!_objects.TryGetValue(name, out Dictionary<string, object?>? existing))
        {
            Made.Add(name);
            _objects.Add(name, properties);
            return;
        }

        foreach (string key in properties.Keys.Union(existing.Keys).Order(StringComparer.Ordinal))
        {
            string received = Text(properties.GetValueOrDefault(key));
            string current = Text(existing.GetValueOrDefault(key));
            if (received != current)
            {
                throw Closed(406, Reply ?? $"PRECONDITION_FAILED - inequivalent arg '{key}' for {name} in vhost '/': received {received} but current is {current}");
            }
        }
    }

    /// <summary>With its type, so that a value taken over as another type still differs; all whole numbers are one type here.</summary>
    private static string Text(object? value) => value switch
    {
        null => "none",
        bool flag => $"the value '{(flag ? "true" : "false")}' of type 'bool'",
        string text => $"the value '{text}' of type 'longstr'",
        _ => $"the value '{Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)}' of type 'signedint'",
    };

    private static OperationInterruptedException Closed(ushort code, string text) => new(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text));

#pragma warning disable CA1852 // DispatchProxy derives from its proxies at run time.
    internal class Connection : DispatchProxy
    {
        private FakeBroker _broker = null!;

        public static IConnection Create(FakeBroker broker)
        {
            IConnection proxy = Create<IConnection, Connection>();
            ((Connection)(object)proxy)._broker = broker;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == nameof(IConnection.CreateChannelAsync)
            ? Task.FromResult(Channel.Create(_broker))
            : throw new NotSupportedException(targetMethod.Name);
    }

    internal class Channel : DispatchProxy
    {
        private FakeBroker _broker = null!;
        private bool _closed;

        public static IChannel Create(FakeBroker broker)
        {
            IChannel proxy = Create<IChannel, Channel>();
            ((Channel)(object)proxy)._broker = broker;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            string method = targetMethod!.Name;
            if (method is "get_IsOpen")
            {
                return !_closed;
            }

            if (method is nameof(IAsyncDisposable.DisposeAsync))
            {
                return ValueTask.CompletedTask;
            }

            if (_closed)
            {
                throw new AlreadyClosedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 504, "closed"));
            }

            try
            {
                return Answer(method, targetMethod.GetParameters().Select(parameter => parameter.Name!).Zip(args!).ToDictionary(entry => entry.First, entry => entry.Second, StringComparer.Ordinal));
            }
            catch (OperationInterruptedException)
            {
                _closed = true;
                throw;
            }
        }

        private Task Answer(string method, Dictionary<string, object?> args)
        {
            string Name(string kind) => $"{kind} '{args[kind]}'";
            var arguments = args.GetValueOrDefault("arguments") as IDictionary<string, object?> ?? new Dictionary<string, object?>();
            switch (method)
            {
                case "ExchangeDeclarePassiveAsync" when !_broker._objects.ContainsKey(Name("exchange")):
                case "QueueDeclarePassiveAsync" when !_broker._objects.ContainsKey(Name("queue")):
                    throw Closed(404, "NOT_FOUND");
                case "ExchangeDeclareAsync":
                    Dictionary<string, object?> exchange = Properties((bool)args["durable"]!, (bool)args["autoDelete"]!, arguments);
                    exchange["type"] = args["type"];
                    _broker.Declare(Name("exchange"), exchange);
                    break;
                case "QueueDeclareAsync":
                    _broker.Declare(Name("queue"), Properties((bool)args["durable"]!, (bool)args["autoDelete"]!, arguments));
                    break;
                case "QueueBindAsync":
                    _broker.Made.Add($"{args["exchange"]} -{args["routingKey"]}-> queue {args["queue"]}");
                    break;
                case "ExchangeBindAsync":
                    _broker.Made.Add($"{args["source"]} -{args["routingKey"]}-> exchange {args["destination"]}");
                    break;
            }

            return method.StartsWith("Queue", StringComparison.Ordinal) && method.Contains("Declare", StringComparison.Ordinal)
                ? Task.FromResult(new QueueDeclareOk((string)args["queue"]!, 0, 0))
                : Task.CompletedTask;
        }
    }
#pragma warning restore CA1852
}
