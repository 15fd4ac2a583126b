using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace BrokerQueues.TestKit.Fakes;

/// <summary>How the broker answers a publish.</summary>
public enum Confirmation
{
    Ack,
    Nack,

    /// <summary>Returned as unroutable, and confirmed.</summary>
    Return,
    None,
}

/// <summary>
/// A broker without a broker: what is asked over its <see cref="FakeConnection"/>s is written down and answered at once, as by a healthy one where every queue and
/// exchange exists, except where a test has said otherwise by <see cref="On{T}"/>. It delivers nothing by itself; see <see cref="FakeChannel.DeliverAsync"/>.
/// </summary>
public sealed class ScriptedBroker
{
    private readonly ConcurrentQueue<(FakeChannel Channel, Request Request)> _asked = new();
    private readonly ConcurrentDictionary<string, QueueDeclareOk> _queues = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly List<Rule> _rules = [];
    private readonly List<FakeConnection> _connections = [];

    /// <summary>All that was asked over open channels, in order.</summary>
    public IReadOnlyCollection<(FakeChannel Channel, Request Request)> Asked => _asked;

    /// <summary>All connections that were opened, in order.</summary>
    public IReadOnlyList<FakeConnection> Connections
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections];
            }
        }
    }

    /// <summary>The version that it says it has.</summary>
    public string Version { get; set; } = "4.3.6";

    /// <summary>How it confirms a publish on a channel with confirms.</summary>
    public Func<Publish, Confirmation> Confirms { get; set; } = _ => Confirmation.Ack;

    /// <summary>Called for each attempt to connect with the name of the connection; an exception is thrown at whoever connects.</summary>
    public Func<string, CancellationToken, Task> Accepts { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Called where a connection is closed in order, before it is; an abort is not asked.</summary>
    public Func<FakeConnection, Task> Closes { get; set; } = _ => Task.CompletedTask;

    /// <summary>Opens a connection.</summary>
    /// <param name="name">Its name, by which a test finds it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IConnection> ConnectAsync(string name, CancellationToken cancellationToken = default)
    {
        await Accepts(name, cancellationToken);
        var connection = new FakeConnection(this, name);
        lock (_gate)
        {
            _connections.Add(connection);
        }

        return connection;
    }

    /// <summary>The newest connection of which the name contains this.</summary>
    public FakeConnection Newest(string name) => Connections.Last(connection => connection.ClientProvidedName!.Contains(name, StringComparison.Ordinal));

    /// <summary>What a look at a queue finds. Of one that was never named here: no message, one consumer.</summary>
    public void Holds(string queue, uint messages, uint consumers = 1) => _queues[queue] = new QueueDeclareOk(queue, messages, consumers);

    /// <summary>Says what happens where something is asked. The rule that was made last and fits is followed.</summary>
    /// <param name="fits">Which of them; null for all.</param>
    public Rule On<T>(Func<T, bool>? fits = null)
        where T : Request => On<T>((_, request) => fits?.Invoke(request) ?? true);

    /// <inheritdoc cref="On{T}(Func{T, bool})"/>
    public Rule On<T>(Func<FakeChannel, T, bool> fits)
        where T : Request
    {
        var rule = new Rule((channel, request) => request is T asked && fits(channel, asked));
        lock (_gate)
        {
            _rules.Insert(0, rule);
        }

        return rule;
    }

    internal QueueDeclareOk Look(string queue) => _queues.GetValueOrDefault(queue) ?? new QueueDeclareOk(queue, 0, 1);

    internal Task AnswerAsync(FakeChannel channel, Request request, CancellationToken cancellationToken)
    {
        _asked.Enqueue((channel, request));
        Rule? rule;
        lock (_gate)
        {
            rule = _rules.Find(each => each.Takes(channel, request));
        }

        return rule is null ? Task.CompletedTask : rule.FollowAsync(channel, request, cancellationToken);
    }
}

/// <summary>What happens where something is asked; until it says what, as if it were not there.</summary>
public sealed class Rule(Func<FakeChannel, Request, bool> fits)
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<FakeChannel, Request, CancellationToken, Task>? _does;
    private int _left = int.MaxValue;
    private int _count;

    /// <summary>How often it was followed.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Completes when it is followed for the first time.</summary>
    public Task Asked => _asked.Task;

    /// <summary>It is followed so many times, and then no longer. To be said first.</summary>
    public Rule Times(int times)
    {
        _left = times;
        return this;
    }

    /// <summary>No longer followed. What waits for its answer waits on.</summary>
    public void Remove() => Volatile.Write(ref _left, 0);

    public Rule Throws(Func<Exception> exception) => Does((_, _, _) => Task.FromException(exception()));

    /// <summary>The broker objects, and closes the channel.</summary>
    public Rule ClosesTheChannel(ushort code, string text) => Does((channel, _, _) => channel.CloseByBrokerAsync(code, text));

    public Rule LosesTheConnection() => Does((channel, _, _) => channel.Connection.LoseAsync());

    /// <summary>Answered when <see cref="Release"/> is called, or by the end of its channel.</summary>
    public Rule IsHeld() => Does((channel, _, token) => Task.WhenAny(_released.Task, channel.Ended).WaitAsync(token));

    /// <summary>Never answered. Whoever asked is free when the channel ends.</summary>
    public Rule IsNeverAnswered() => Does((channel, _, token) => channel.Ended.WaitAsync(token));

    /// <summary>Something else.</summary>
    public Rule Does(Func<FakeChannel, Request, CancellationToken, Task> does)
    {
        Volatile.Write(ref _does, does);
        return this;
    }

    /// <summary>Answers what is held, and what comes.</summary>
    public void Release() => _released.TrySetResult();

    internal bool Takes(FakeChannel channel, Request request)
    {
        if (Volatile.Read(ref _does) is null || Volatile.Read(ref _left) == 0 || !fits(channel, request))
        {
            return false;
        }

        _left--;
        Interlocked.Increment(ref _count);
        return true;
    }

    internal Task FollowAsync(FakeChannel channel, Request request, CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return _does!(channel, request, cancellationToken);
    }
}
