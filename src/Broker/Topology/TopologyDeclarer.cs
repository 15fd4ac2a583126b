using System.Runtime.CompilerServices;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Topology;

/// <summary>
/// Brings the broker's objects about: compares all that exists first and declares what is missing only when nothing
/// differs, so that a node never starts half-declared. It takes a few round trips, however many objects there are.
/// </summary>
internal sealed class TopologyDeclarer(IOptions<BrokerQueuesOptions> options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>As many questions at a time; more would not make it faster, and accounts and brokers can limit channels.</summary>
    private const int Lanes = 16;

    private readonly ILogger _logger = loggers.CreateGuarded("BrokerQueues.Topology");
    private readonly bool _declare = options.Value.DeclareTopology;
    private readonly string _virtualHost = BrokerAddress.TryRead(options.Value, [], out BrokerAddress? address) ? address.VirtualHost : "/";
    private volatile int _lanes = Lanes;

    /// <summary>Compares, declares what is missing, and binds.</summary>
    /// <param name="connection">The connection. Nothing may run on it that must not be interrupted, unless <paramref name="bindings"/> is <see cref="BindingScope.OfNew"/>.</param>
    /// <param name="parts">What is to be there.</param>
    /// <param name="bindings">Which bindings are made; AMQP has no way to look whether one exists.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was missing and has been declared, each as <c>queue 'orders'</c>; without nodes' own queues.</returns>
    /// <exception cref="TopologyException">What exists differs, or is missing where nothing may be declared.</exception>
    /// <exception cref="BrokerPermissionException">The account lacks a permission.</exception>
    /// <exception cref="MetadataUnavailableException">The broker cannot write its metadata; the connection is as good as lost.</exception>
    /// <exception cref="RefusedByBrokerException">The broker refused otherwise.</exception>
    /// <exception cref="TimeoutException">The broker did not answer.</exception>
    public async Task<IReadOnlyList<string>> EnsureAsync(
        IConnection connection, IEnumerable<TopologyPart> parts, BindingScope bindings, CancellationToken cancellationToken)
    {
        List<Part> all = [.. parts.Select(part => new Part(part))];
        DeclaredObject[] objects = [.. all.SelectMany(part => part.Exchanges.Concat(part.Queues))];
        var lanes = new AskingLanes(connection, Math.Clamp(objects.Length, 1, _lanes), time);
        await using ConfiguredAsyncDisposable closing = lanes.ConfigureAwait(false);
        using var progress = new TopologyProgress(time, _logger);
        lanes.Answered = progress.Answered;
        bool binding = false;
        try
        {
            progress.Begin("looking for exchanges and queues", objects.Length);
            TopologyLog.Comparing(_logger, objects.Length);
            var survey = new TopologySurvey(lanes, _declare);
            await survey.LookAsync(objects, cancellationToken).ConfigureAwait(false);
            DeclaredObject[] missing = [.. objects.Where(survey.Missing.Contains)];
            Judge(survey, missing, objects);

            var writer = new TopologyWriter(lanes, connection);
            if (missing.Length > 0)
            {
                progress.Begin("declaring exchanges and queues", missing.Length);
                TellDeclaring(missing);
                await writer.DeclareAsync(
                    [.. missing.Where(declared => declared.IsExchange)],
                    all.Select(part => part.Queues.FindAll(survey.Missing.Contains)),
                    cancellationToken).ConfigureAwait(false);
            }

            IEnumerable<BindingSpec> allowed = all.SelectMany(part => part.Bindings(_declare));
            BindingSpec[] toBind = [.. bindings == BindingScope.All ? allowed : OfNew(allowed, missing)];
            binding = true;
            progress.Begin("binding queues", toBind.Length);
            await writer.BindAsync(toBind, cancellationToken).ConfigureAwait(false);
            return [.. missing.Where(declared => !declared.IsOfNode).Select(declared => declared.Describe())];
        }
        catch (RefusedByBrokerException exception) when (exception.ReplyCode == Constants.AccessRefused)
        {
            throw Lacks([binding ? MissingPermission.ToBind(exception.ReplyText) : MissingPermission.ToDeclare(exception.ReplyText)], objects, exception);
        }
        catch (Exception exception) when (BrokerErrors.MeansGone(exception, cancellationToken) && connection.CloseReason is { ReplyCode: Constants.NotAllowed } reason &&
            reason.ReplyText.Contains("number of channels", StringComparison.Ordinal))
        {
            // The account may open only so many. The next attempt asks one after the other.
            _lanes = 1;
            throw;
        }
    }

    /// <summary>Ensures that the account may do what a running worker does, beyond declaring: it finds early what a failing task would find late.</summary>
    /// <exception cref="BrokerPermissionException">The account lacks a permission.</exception>
    /// <exception cref="MetadataUnavailableException">The broker cannot write its metadata; the connection is as good as lost.</exception>
    public async Task CheckWritePermissionAsync(IConnection connection, IEnumerable<TopologyPart> parts, string source, CancellationToken cancellationToken)
    {
        List<Part> all = [.. parts.Select(part => new Part(part))];
        DeclaredObject[] objects = [.. all.SelectMany(part => part.Exchanges.Concat(part.Queues))];
        string[] written = [.. objects.Where(declared => declared.IsWrittenTo).Select(declared => declared.Name)];
        var lanes = new AskingLanes(connection, Math.Clamp(written.Length, 1, _lanes), time);
        await using ConfiguredAsyncDisposable closing = lanes.ConfigureAwait(false);
        using var progress = new TopologyProgress(time, _logger);
        lanes.Answered = progress.Answered;
        progress.Begin("looking for write permission", written.Length);
        IReadOnlyList<MissingPermission> missing = await new TopologyWriter(lanes, connection).FindUnwritableAsync(written, source, cancellationToken).ConfigureAwait(false);
        if (missing.Count > 0)
        {
            throw Lacks(missing, objects, inner: null);
        }
    }

    /// <summary>What a refusal (403) of anything else means for an account that is to work on these parts.</summary>
    public BrokerPermissionException Explain(string refusal, Exception refused, string needed, string purpose, IEnumerable<TopologyPart> parts) =>
        Lacks(
            [MissingPermission.Of(refusal, needed, purpose)],
            [.. parts.Select(part => new Part(part)).SelectMany(part => part.Exchanges.Concat(part.Queues))],
            refused);

    /// <summary>An object that was missing has lost, or never had, each binding from and to it.</summary>
    private static IEnumerable<BindingSpec> OfNew(IEnumerable<BindingSpec> bindings, DeclaredObject[] made)
    {
        HashSet<(bool, string)> names = [.. made.Select(declared => (declared.IsExchange, declared.Name))];
        return bindings.Where(binding => names.Contains((true, binding.Source)) || names.Contains((binding.ToExchange, binding.Destination)));
    }

    private void Judge(TopologySurvey survey, DeclaredObject[] missing, DeclaredObject[] objects)
    {
        if (survey.Refused.Count > 0)
        {
            throw Lacks(survey.Refused, objects, inner: null);
        }

        List<string> missingHere = _declare ? [] : [.. missing.Where(declared => !declared.IsOfNode).Select(declared => declared.Describe())];
        if (survey.Differences.Count > 0 || missingHere.Count > 0)
        {
            throw new TopologyException(_virtualHost, survey.Differences, missingHere);
        }
    }

    private void TellDeclaring(DeclaredObject[] missing)
    {
        if (_declare)
        {
            TopologyLog.Declaring(_logger, missing.Length);
            return;
        }

        foreach (DeclaredObject own in missing)
        {
            TopologyLog.DeclaredOwn(_logger, own.Name);
        }
    }

    private BrokerPermissionException Lacks(IReadOnlyList<MissingPermission> missing, DeclaredObject[] objects, Exception? inner)
    {
        missing = [.. missing.Select(lacked => objects.Any(declared => declared.IsOfNode && declared.Describe() == lacked.ObjectName)
            ? lacked with { Purpose = lacked.Purpose + ". It is the node's own, and nobody else can declare it beforehand" }
            : lacked)];
        string? user = missing.Select(permission => permission.User).FirstOrDefault(name => name is not null);
        return new BrokerPermissionException(missing, AccountPermissions.Advice(_virtualHost, user, missing, objects, _declare), inner);
    }

    private sealed class Part(TopologyPart part)
    {
        public List<DeclaredObject> Exchanges { get; } = [.. part.Exchanges.Select(DeclaredObject.Of)];

        public List<DeclaredObject> Queues { get; } = [.. part.Queues.Select(DeclaredObject.Of)];

        /// <summary>Those that may be made at all: without leave to declare only those of a node's own queues.</summary>
        public IEnumerable<BindingSpec> Bindings(bool declare) =>
            declare ? part.Bindings : part.Bindings.Where(binding => part.Queues.Any(queue => queue.OfNode && queue.Name == binding.Destination));
    }
}
