using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>Looks at what stands on the broker and compares it with what a node needs. It declares nothing.</summary>
internal sealed class TopologySurvey(AskingLanes lanes, bool mayDeclare)
{
    /// <summary>How many declarations go out behind one another before an answer is waited for.</summary>
    private const int RunLength = 100;

    private readonly Lock _gate = new();
    private readonly HashSet<DeclaredObject> _missing = [];
    private readonly List<TopologyDifference> _differences = [];
    private readonly List<MissingPermission> _refused = [];

    public IReadOnlyCollection<DeclaredObject> Missing => _missing;

    public IReadOnlyList<TopologyDifference> Differences => _differences;

    public IReadOnlyList<MissingPermission> Refused => _refused;

    public async Task LookAsync(IReadOnlyList<DeclaredObject> objects, CancellationToken cancellationToken)
    {
        _missing.UnionWith(objects.Where(declared => declared.IsExclusive));
        List<DeclaredObject> asked = [.. objects.Where(declared => !declared.IsExclusive)];
        await lanes.EachAsync(asked, (lane, declared) => LookAtAsync(lane, declared, cancellationToken)).ConfigureAwait(false);

        DeclaredObject[] there = [.. asked.Where(declared => (mayDeclare || declared.IsOfNode) && !_missing.Contains(declared))];
        if (_refused.Count == 0)
        {
            // As a rule they are equal, and a run of them is one round trip. A run that is not is gone through one by one.
            var differing = new List<DeclaredObject>();
            await lanes.InRunsAsync(
                "comparing exchanges and queues",
                [.. there.Chunk(RunLength)],
                (channel, declared, noWait, token) => declared.DeclareAsync(channel, noWait, token),
                (_, run, _) =>
                {
                    lock (_gate)
                    {
                        differing.AddRange(run);
                    }

                    return Task.CompletedTask;
                },
                cancellationToken).ConfigureAwait(false);
            await lanes.EachAsync(differing, (lane, declared) => CompareAsync(lane, declared, cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task LookAtAsync(ReopeningChannel lane, DeclaredObject declared, CancellationToken cancellationToken)
    {
        try
        {
            await lane.AskAsync($"looking for the {declared.Describe()}", declared.LookAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.NotFound)
        {
            lock (_gate)
            {
                _missing.Add(declared);
            }
        }
        catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.AccessRefused)
        {
            // 4.3 says 'configure' here, but lets any account look that has some permission on the object.
            string needed = mayDeclare || declared.IsOfNode ? "configure" : "read";
            Refuse(MissingPermission.Of(exception.ReplyText, needed, "to look whether it exists") with { Permission = needed });
        }
    }

    /// <summary>
    /// The broker names only the first argument that differs. So take over its value and ask again, until it has nothing
    /// more to say: that finds them all, and declares nothing, since the object exists.
    /// </summary>
    private async Task CompareAsync(ReopeningChannel lane, DeclaredObject declared, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            try
            {
                await lane.AskAsync(
                    $"comparing the {declared.Describe()}", (channel, token) => declared.DeclareAsync(channel, noWait: false, token), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.AccessRefused)
            {
                Refuse(MissingPermission.Of(exception.ReplyText, "configure", "to declare and compare it"));
                return;
            }
            catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.PreconditionFailed)
            {
                InequivalentArgument? argument = InequivalentArgument.Parse(exception.ReplyText);
                if (argument is null || !seen.Add(argument.Name))
                {
                    Differ(new TopologyDifference(declared.Describe(), argument?.Name ?? "a property", "otherwise", exception.ReplyText));
                    return;
                }

                Differ(new TopologyDifference(declared.Describe(), argument.Name, argument.Received ?? "not set", argument.Current ?? "not set"));
                if (!declared.TakeOver(argument))
                {
                    return;
                }
            }
        }
    }

    private void Differ(TopologyDifference difference)
    {
        lock (_gate)
        {
            _differences.Add(difference);
        }
    }

    private void Refuse(MissingPermission permission)
    {
        lock (_gate)
        {
            _refused.Add(permission);
        }
    }
}
