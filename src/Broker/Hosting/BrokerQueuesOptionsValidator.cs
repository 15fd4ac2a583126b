using System.Text;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Hosting;

/// <summary>Checks the options when they are first read, all at once, so that a typo stops the program and not a task.</summary>
internal sealed class BrokerQueuesOptionsValidator : IValidateOptions<BrokerQueuesOptions>
{
    /// <summary>Prefix, queue id and the longest suffix share AMQP's 255 bytes.</summary>
    private const int MaxNamePart = 60;

    /// <summary>It is sent as app_id, and with node and role as the name of the connection.</summary>
    private const int MaxApplicationName = 120;

    public ValidateOptionsResult Validate(string? name, BrokerQueuesOptions options)
    {
        var errors = new List<string>();
        if (options.Uri is null || !options.Uri.IsAbsoluteUri || options.Uri.Scheme is not ("amqp" or "amqps"))
        {
            errors.Add("Uri must look like amqp://user:password@host:5672/vhost.");
        }

        if (Encoding.UTF8.GetByteCount(options.Prefix ?? "") > MaxNamePart)
        {
            errors.Add($"Prefix must have at most {MaxNamePart} bytes of UTF-8.");
        }

        if ((options.Prefix ?? "").AsSpan().IndexOfAny("*#@") >= 0)
        {
            errors.Add("Prefix must not contain '*', '#' or '@', which mean something else to the broker.");
        }

        if (Encoding.UTF8.GetByteCount(options.ApplicationName ?? "") > MaxApplicationName)
        {
            errors.Add($"ApplicationName must have at most {MaxApplicationName} bytes of UTF-8.");
        }

        if (options.NodeId is { } nodeId && (nodeId.Length == 0 || Encoding.UTF8.GetByteCount(nodeId) > MaxNamePart))
        {
            errors.Add($"NodeId must have 1 to {MaxNamePart} bytes of UTF-8, or not be set.");
        }

        OptionRange.Require(options.PublishTimeout, nameof(options.PublishTimeout), TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), errors);
        OptionRange.Require(options.Heartbeat, nameof(options.Heartbeat), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), errors);
        OptionRange.Require(options.MaxReconnectDelay, nameof(options.MaxReconnectDelay), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), errors);
        OptionRange.Require(options.MaxBodySize, nameof(options.MaxBodySize), 1, 16 * 1024 * 1024, errors);
        OptionRange.Require(options.MaxOutstandingConfirms, nameof(options.MaxOutstandingConfirms), 1, 10_000, errors);

        return errors.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(errors.Select(error => $"{BrokerQueuesOptions.SectionName}: {error}"));
    }
}
