using System.Diagnostics;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Diagnostics;
using BrokerQueues.Broker.Telemetry;
using BrokerQueues.Broker.Wire;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Publishing;

/// <summary>What is told of the publishing of tasks: a span for each, whose context travels with the task, a count and a time.</summary>
internal sealed class SendTelemetry(TelemetryMeter meter, BrokerConnections connections, NodeIdentity node, TimeProvider time, TelemetryErrors errors)
{
    private readonly GuardedCounter _sent = meter.CreateCounter(
        "messaging.client.sent.messages", "{message}", "Tasks that were published; with error.type those whose publish failed.");

    private readonly GuardedHistogram _duration = meter.CreateHistogram(
        "messaging.client.operation.duration", "How long a publish took, up to the broker's confirm.", TelemetryMeter.OperationTimes);

    /// <summary>Whether anybody listens to any of it.</summary>
    public bool IsEnabled => _sent.IsEnabled || _duration.IsEnabled || TaskActivities.HasListeners;

    /// <summary>Begins a send: its span becomes the current one, and what the task names as its cause. For the same async method as what is sent in it.</summary>
    public Sending Begin(OutboundMessage message)
    {
        // A delayed task goes by way of the ladder, to a queue it names.
        string destination = message.AlsoRequiredExchange ?? message.Exchange;
        return new Sending(destination, time.GetTimestamp(), TaskActivities.HasListeners ? StartSpan(message, destination) : null);
    }

    /// <summary>Ends it.</summary>
    /// <param name="sending">What was begun.</param>
    /// <param name="failure">What its caller gets to see; null where it was confirmed.</param>
    public void End(in Sending sending, Exception? failure)
    {
        TimeSpan took = time.GetElapsedTime(sending.Began);
        TagList tags = TelemetryAttributes.Of(TelemetryAttributes.Send, sending.Destination, connections.Publishing.Server);
        if (failure is not null)
        {
            tags.Add(TelemetryAttributes.ErrorType, ExceptionText.TypeOf(failure));
        }

        if (_sent.IsEnabled)
        {
            _sent.AddOne(in tags);
        }

        if (_duration.IsEnabled)
        {
            tags.Add(TelemetryAttributes.OperationType, TelemetryAttributes.Send);
            _duration.Record(took, in tags);
        }

        if (sending.Span is { } span)
        {
            StopSpan(span, failure);
        }
    }

    private Activity? StartSpan(OutboundMessage message, string destination)
    {
        try
        {
            TagList tags = TelemetryAttributes.Of(TelemetryAttributes.Send, destination, connections.Publishing.Server);
            tags.Add(TelemetryAttributes.OperationType, TelemetryAttributes.Send);
            if (TaskActivities.Start($"{TelemetryAttributes.Send} {destination}", ActivityKind.Producer, default, in tags) is not { } span)
            {
                return null;
            }

            if (message.Properties.Headers is SealedHeaders headers)
            {
                TraceHeaders.Write(headers, span);
            }

            if (span.IsAllDataRequested)
            {
                Describe(span, message);
            }

            return span;
        }
#pragma warning disable CA1031 // Listeners are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.Tell(exception);
            return null;
        }
    }

    private void Describe(Activity span, OutboundMessage message)
    {
        BasicProperties properties = message.Properties;
        span.SetTag(TelemetryAttributes.RoutingKey, message.RoutingKey)
            .SetTag(TelemetryAttributes.MessageId, properties.MessageId)
            .SetTag(TelemetryAttributes.ClientId, node.NodeId)
            .SetTag(TelemetryAttributes.TaskType, properties.Type);
        if (properties.CorrelationId is { } correlationId)
        {
            span.SetTag(TelemetryAttributes.ConversationId, correlationId);
        }
    }

    private void StopSpan(Activity span, Exception? failure)
    {
        try
        {
            using (span)
            {
                if (failure is not null && span.IsAllDataRequested)
                {
                    string type = ExceptionText.TypeOf(failure);
                    TaskActivities.SetError(span, type, type, failure);
                }
            }
        }
#pragma warning disable CA1031 // Listeners are the user's code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.Tell(exception);
        }
    }
}

/// <summary>A send under way.</summary>
/// <param name="Destination">The queue's name on the broker.</param>
/// <param name="Began">When, as a timestamp.</param>
/// <param name="Span">Its span; null where nobody wants one.</param>
internal readonly record struct Sending(string Destination, long Began, Activity? Span);
