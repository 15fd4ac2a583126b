using BrokerQueues.Broker.Queues;
using BrokerQueues.TestKit;
using Newtonsoft.Json.Linq;

namespace BrokerQueues.Integration.Tests;

/// <summary>
/// A publisher and two workers, each a process of its own that exports by OpenTelemetry: tests/TracedProgram. The first worker sends each task on to the queue
/// of the second.
/// </summary>
public sealed class TelemetryExportTests : BrokerTest
{
    private const string First = "traced.first";
    private const string Second = "traced.second";
    private const int Good = 12;
    private const int Bad = 3; // Retry, Fatal, Throw.
    private const int Understood = Good + Bad;

    private readonly string _folder = Directory.CreateTempSubdirectory("brokerqueues-traced-").FullName;

    [Fact]
    public async Task Three_processes_export_one_tree_for_each_task_and_the_right_sums()
    {
        await DeclareAsync(new QueueDefinition { QueueId = First });
        await DeclareAsync(new QueueDefinition { QueueId = Second });
        using (TracedProcess first = Start("first"))
        using (TracedProcess second = Start("second"))
        {
            await first.IsReadyAsync();
            await second.IsReadyAsync();
            using TracedProcess publisher = Start("publisher");
            await publisher.HasLeftAsync();

            // What fails is parked last of all that happens to it; what is acknowledged is gone from its queue.
            await UntilCountAsync(Second + ".fatal", 1);
            await UntilCountAsync(Second + ".failed", 1);
            await UntilCountAsync(First + ".incompatible", 1);
            await Eventually.TrueAsync(() => Spans("second").Count() == Understood + 1, "the second worker to have run all");
            await first.StopAsync();
            await second.StopAsync();
        }

        AssertTree();
        AssertSums();
        Directory.Delete(_folder, recursive: true);
    }

    private void AssertTree()
    {
        List<Span> sent = [.. Spans("publisher")];
        Assert.Equal(Understood + 1, sent.Count);
        Assert.All(sent, span => Assert.Equal(($"send {Queue(First)}", "Producer", "Unset", "0000000000000000"), (span.Name, span.Kind, span.Status, span.Parent)));

        int chains = 0;
        foreach (Span send in sent)
        {
            Span process = Assert.Single(Spans("first"), span => span.Parent == send.Id);
            Assert.Equal(($"process {Queue(First)}", "Consumer", send.Trace, send.Id), (process.Name, process.Kind, process.Trace, Assert.Single(process.Links)));
            if (send.Tags["brokerqueues.task.type"] == "Unheard of")
            {
                Assert.Equal(("Error", "Incompatible"), (process.Status, process.Tags["brokerqueues.task.result"]));
                continue;
            }

            Span sendOn = Assert.Single(Spans("first"), span => span.Parent == process.Id);
            Assert.Equal(($"send {Queue(Second)}", "Producer", send.Trace), (sendOn.Name, sendOn.Kind, sendOn.Trace));
            Assert.Equal(send.Tags["messaging.message.id"], sendOn.Tags["messaging.message.conversation_id"]);
            List<Span> runs = [.. Spans("second").Where(span => span.Parent == sendOn.Id)];
            Assert.All(runs, run => Assert.Equal(
                ($"process {Queue(Second)}", "Consumer", send.Trace, sendOn.Tags["messaging.message.id"]), (run.Name, run.Kind, run.Trace, run.Tags["messaging.message.id"])));
            chains += runs.Count;
        }

        Assert.Equal(Understood + 1, chains); // One is retried.
        Assert.Equal(sent.Count, sent.Select(span => span.Trace).Distinct().Count());
        Span thrown = Assert.Single(Spans("second"), span => span.Tags.GetValueOrDefault("error.type") == "System.IO.InvalidDataException");
        Assert.Equal(("Error", "Fail"), (thrown.Status, thrown.Tags["brokerqueues.task.result"]));
        Assert.Contains(thrown.Events, text => text?.Contains("SecondProcessors.RunAsync", StringComparison.Ordinal) == true);
        Assert.DoesNotContain("4711", string.Concat(Directory.GetFiles(_folder).Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    private void AssertSums()
    {
        Assert.Equal(Understood + 1, Sum("publisher", "messaging.client.sent.messages", ("messaging.destination.name", Queue(First))));
        Assert.Equal(Understood + 1, Sum("publisher", "messaging.client.operation.duration", ("messaging.operation.name", "send")));
        Assert.Equal(Understood + 1, Sum("publisher", "brokerqueues.publisher.confirm.duration"));
        Assert.Equal(0, Sum("publisher", "brokerqueues.publisher.outstanding_confirms"));

        Assert.Equal(Understood + 1, Sum("first", "messaging.client.consumed.messages"));
        Assert.Equal(Understood, Sum("first", "messaging.client.sent.messages", ("messaging.destination.name", Queue(Second))));
        Assert.Equal(Understood, Sum("first", "brokerqueues.tasks.executed", ("brokerqueues.task.result", "Complete"), ("brokerqueues.task.type", "First")));
        Assert.Equal(1, Sum("first", "brokerqueues.tasks.executed", ("brokerqueues.task.result", "Incompatible"), ("brokerqueues.task.type", "other")));
        Assert.Equal(1, Sum("first", "brokerqueues.tasks.parked"));
        Assert.Equal(1, Sum("first", "brokerqueues.tasks.parked", ("brokerqueues.parking", "incompatible"), ("messaging.destination.name", Queue(First))));
        Assert.Equal(Understood - 1, Sum("first", "brokerqueues.tasks.time_in_queue")); // One was delayed, one was not understood.

        Assert.Equal(Understood, Sum("second", "messaging.client.consumed.messages"));
        Assert.Equal(Understood + 1, Sum("second", "brokerqueues.tasks.executed"));
        Assert.Equal(Understood + 1, Sum("second", "messaging.process.duration"));
        Assert.Equal(Good + 1, Sum("second", "brokerqueues.tasks.executed", ("brokerqueues.task.result", "Complete")));
        foreach (string result in new[] { "Retry", "Fatal", "Fail" })
        {
            Assert.Equal(1, Sum("second", "brokerqueues.tasks.executed", ("brokerqueues.task.result", result)));
        }

        Assert.Equal(1, Sum("second", "brokerqueues.tasks.retried"));
        Assert.Equal(1, Sum("second", "brokerqueues.tasks.parked", ("brokerqueues.parking", "fatal")));
        Assert.Equal(1, Sum("second", "brokerqueues.tasks.parked", ("brokerqueues.parking", "failed")));
        Assert.Equal(Understood, Sum("second", "brokerqueues.tasks.time_in_queue"));
        Assert.Equal(0, Sum("second", "brokerqueues.tasks.running"));
    }

    private IEnumerable<Span> Spans(string role) => Lines(role).Where(line => line["span"] is not null).Select(line => new Span(
        (string)line["span"]!, (string)line["kind"]!, (string)line["trace"]!, (string)line["id"]!, (string)line["parent"]!, [.. line["links"]!.Values<string>()!],
        (string)line["status"]!, line["tags"]!.ToObject<Dictionary<string, string>>()!, [.. line["events"]!.Values<string>()!]));

    private long Sum(string role, string metric, params (string Key, string Value)[] tags) => Lines(role)
        .Where(line => (string?)line["metric"] == metric && tags.All(tag => (string?)line["tags"]![tag.Key] == tag.Value))
        .Sum(line => (long)line["count"]!);

    private IEnumerable<JObject> Lines(string role)
    {
        using var file = new FileStream(FileOf(role), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        string text = reader.ReadToEnd();

        // The last line may be half written.
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JObject.Parse);
    }

    private string FileOf(string role) => Path.Combine(_folder, $"{role}.jsonl");

    private Task UntilCountAsync(string queueId, uint count) => Eventually.EqualAsync<uint?>(count, () => Raw.CountAsync(Queue(queueId)), $"tasks in {queueId}");

    private TracedProcess Start(string role) => new(role, Uri, Prefix, FileOf(role));

    private sealed record Span(
        string Name, string Kind, string Trace, string Id, string Parent, IReadOnlyList<string?> Links, string Status, IReadOnlyDictionary<string, string> Tags,
        IReadOnlyList<string?> Events);
}
