using System.Reflection;
using BrokerQueues.Broker.Topology;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.Broker.Tests.Topology;

/// <summary>
/// Answers declarations as RabbitMQ does: 403, 404 and 406 close the channel, what is sent to a closed channel is ignored, and 406 names only
/// the first argument that differs. With <see cref="AnswerInRounds"/> answers are held back, to count how many follow on one another.
/// </summary>
internal sealed class FakeBroker
{
    private readonly Dictionary<string, Dictionary<string, object?>> _objects = new(StringComparer.Ordinal);

    /// <summary>What was declared or bound and was not there before, in order.</summary>
    public List<string> Made { get; } = [];

    /// <summary>Every binding that was asked for.</summary>
    public List<string> Bound { get; } = [];

    /// <summary>How many channels were opened.</summary>
    public int Channels { get; private set; }

    /// <summary>The version that the broker says it has.</summary>
    public string Version { get; set; } = "4.3.6";

    /// <summary>Refuses (403): gets 'configure', 'write', 'read' or, for a mere look, 'look', and the object as <c>queue 'orders'</c>.</summary>
    public Func<string, string, bool> Refuses { get; set; } = (_, _) => false;

    private readonly List<TaskCompletionSource> _held = [];
    private bool _holds;

    /// <summary>
    /// Runs it, and answers in rounds: all that has been asked so far at once, then all that was asked upon these answers. The number of
    /// rounds is the number of round trips that follow on one another, whatever the machine's speed.
    /// </summary>
    public async Task<int> AnswerInRounds(Func<Task> act)
    {
        _holds = true;
        // On a thread without a context of xunit's, so that what waits for an answer goes on inside of it.
        int rounds = await Task.Run(() =>
        {
            Task acting = act();
            int round = 0;
            while (!acting.IsCompleted)
            {
                TaskCompletionSource[] asked;
                lock (_held)
                {
                    asked = [.. _held];
                    _held.Clear();
                }

                Assert.True(asked.Length > 0, "nothing is asked and nothing answered");
                round++;
                Array.ForEach(asked, held => held.SetResult());
            }

            acting.GetAwaiter().GetResult();
            return round;
        });
        _holds = false;
        return rounds;
    }

    private Task AnswerAsync()
    {
        if (!_holds)
        {
            return Task.CompletedTask;
        }

        var held = new TaskCompletionSource();
        lock (_held)
        {
            _held.Add(held);
        }

        return held.Task;
    }

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

    private void Look(string name)
    {
        if (Refuses("look", name))
        {
            // As 4.3 says it, whatever the account lacks.
            throw Closed(403, $"ACCESS_REFUSED - configure access to {name} in vhost '/' refused for user 'worker'");
        }

        lock (_objects)
        {
            if (!_objects.ContainsKey(name))
            {
                throw Closed(404, $"NOT_FOUND - no {name} in vhost '/'");
            }
        }
    }

    private void Require(string permission, string name)
    {
        if (Refuses(permission, name))
        {
            throw Closed(403, $"ACCESS_REFUSED - {(Version[0] == '3' ? "" : permission + " ")}access to {name} in vhost '/' refused for user 'worker'");
        }
    }

    private void Bind(string binding)
    {
        Bound.Add(binding);
        Made.Add(binding);
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

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(IConnection.CreateChannelAsync) => OpenAsync(),
            "get_IsOpen" => true,
            "get_CloseReason" => null,
            "get_ServerProperties" => new Dictionary<string, object?> { ["version"] = System.Text.Encoding.UTF8.GetBytes(_broker.Version) },
            _ => throw new NotSupportedException(targetMethod.Name),
        };

        private async Task<IChannel> OpenAsync()
        {
            _broker.Channels++;
            await _broker.AnswerAsync().ConfigureAwait(false);
            return Channel.Create(_broker);
        }
    }

    internal class Channel : DispatchProxy
    {
        private FakeBroker _broker = null!;
        private ShutdownEventArgs? _closing;
        private ShutdownEventArgs? _closed;

        public static IChannel Create(FakeBroker broker)
        {
            IChannel proxy = Create<IChannel, Channel>();
            ((Channel)(object)proxy)._broker = broker;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            string method = targetMethod!.Name;
            switch (method)
            {
                case "get_IsOpen":
                    return _closed is null;
                case "get_CloseReason":
                    return _closed;
                case nameof(IAsyncDisposable.DisposeAsync):
                    return _closed is null ? new ValueTask(_broker.AnswerAsync()) : ValueTask.CompletedTask;
            }

            var given = targetMethod.GetParameters().Select(parameter => parameter.Name!).Zip(args!).ToDictionary(entry => entry.First, entry => entry.Second, StringComparer.Ordinal);
            bool waits = given.GetValueOrDefault("noWait") is not true;
            if (_closed is null)
            {
                try
                {
                    Answer(method, given);
                }
                catch (OperationInterruptedException exception)
                {
                    // The client learns of it with the next answer, not before.
                    _closing = exception.ShutdownReason;
                    _closed = waits ? _closing : null;
                }
            }

            return typeof(Task<QueueDeclareOk>) == targetMethod.ReturnType ? AnswerAsync(waits, new QueueDeclareOk((string)given["queue"]!, 0, 0)) : AnswerAsync(waits, true);
        }

        private async Task<T> AnswerAsync<T>(bool waits, T answer)
        {
            if (!waits)
            {
                return answer;
            }

            await _broker.AnswerAsync().ConfigureAwait(false);
            _closed ??= _closing;
            return _closed is null ? answer : throw new OperationInterruptedException(_closed);
        }

        private void Answer(string method, Dictionary<string, object?> args)
        {
            if (_closing is not null)
            {
                return;
            }

            string Name(string kind) => $"{kind} '{args[kind]}'";
            var arguments = args.GetValueOrDefault("arguments") as IDictionary<string, object?> ?? new Dictionary<string, object?>();
            switch (method)
            {
                case "ExchangeDeclarePassiveAsync":
                    _broker.Look(Name("exchange"));
                    break;
                case "QueueDeclarePassiveAsync":
                    _broker.Look(Name("queue"));
                    break;
                case "ExchangeDeclareAsync":
                    _broker.Require("configure", Name("exchange"));
                    Dictionary<string, object?> exchange = Properties((bool)args["durable"]!, (bool)args["autoDelete"]!, arguments);
                    exchange["type"] = args["type"];
                    _broker.Declare(Name("exchange"), exchange);
                    break;
                case "QueueDeclareAsync":
                    _broker.Require("configure", Name("queue"));
                    _broker.Declare(Name("queue"), Properties((bool)args["durable"]!, (bool)args["autoDelete"]!, arguments));
                    break;
                case "QueueBindAsync":
                    _broker.Require("write", Name("queue"));
                    _broker.Require("read", Name("exchange"));
                    _broker.Bind($"{args["exchange"]} -{args["routingKey"]}-> queue {args["queue"]}");
                    break;
                case "ExchangeBindAsync":
                    _broker.Require("write", $"exchange '{args["destination"]}'");
                    _broker.Require("read", $"exchange '{args["source"]}'");
                    _broker.Bind($"{args["source"]} -{args["routingKey"]}-> exchange {args["destination"]}");
                    break;
                case "ExchangeUnbindAsync":
                    _broker.Require("write", $"exchange '{args["destination"]}'");
                    _broker.Require("read", $"exchange '{args["source"]}'");
                    break;
                default:
                    throw new NotSupportedException(method);
            }
        }
    }
#pragma warning restore CA1852
}
