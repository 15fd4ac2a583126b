using System.Diagnostics;

namespace BrokerQueues.Broker.Telemetry;

/// <summary>The names and fixed values of attributes: OpenTelemetry's (<see cref="BrokerQueuesTelemetry.SemanticConventionsVersion"/>), and ours where it has none.</summary>
internal static class TelemetryAttributes
{
    public const string System = "messaging.system";
    public const string RabbitMq = "rabbitmq";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string Send = "send";
    public const string Process = "process";
    public const string Destination = "messaging.destination.name";
    public const string RoutingKey = "messaging.rabbitmq.destination.routing_key";
    public const string DeliveryTag = "messaging.rabbitmq.message.delivery_tag";
    public const string MessageId = "messaging.message.id";
    public const string ConversationId = "messaging.message.conversation_id";
    public const string ClientId = "messaging.client.id";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";

    public const string TaskType = "brokerqueues.task.type";
    public const string TaskAttempt = "brokerqueues.task.attempt";
    public const string TaskRetry = "brokerqueues.task.retry";
    public const string TaskRedrives = "brokerqueues.task.redrives";
    public const string TaskResult = "brokerqueues.task.result";
    public const string Parking = "brokerqueues.parking";
    public const string ConnectionRole = "brokerqueues.connection.role";

    /// <summary>Stands for all task types that no processor here is for: whoever publishes could otherwise make any number of series.</summary>
    public const string OtherTaskType = "other";

    /// <summary>The attributes that all that is told of an operation on a queue has.</summary>
    public static TagList Of(string operation, string destination, ServerAddress? server)
    {
        TagList tags = default;
        tags.Add(System, RabbitMq);
        tags.Add(OperationName, operation);
        tags.Add(Destination, destination);
        if (server is not null)
        {
            tags.Add(ServerAddress, server.Name);
            tags.Add(ServerPort, server.Port);
        }

        return tags;
    }

    /// <summary>Those of a metric of ours about a queue.</summary>
    public static TagList Of(string destination)
    {
        TagList tags = default;
        tags.Add(Destination, destination);
        return tags;
    }
}

/// <summary>A broker node, as attributes have it.</summary>
/// <param name="Name">Its name or address, as the options have it.</param>
/// <param name="Port">Its port: an <see cref="int"/>, boxed once and not for each measurement.</param>
internal sealed record ServerAddress(string Name, object Port);
