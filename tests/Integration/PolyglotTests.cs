using System.Diagnostics;
using BrokerQueues.TestKit;

namespace BrokerQueues.Integration.Tests;

/// <summary>The publishers of samples/polyglot against a worker: the wire contract as other languages see it.</summary>
public sealed class PolyglotTests : BrokerTest
{
    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public async Task Tasks_published_from_another_language_run(string language)
    {
        TestNode node = await StartNodeAsync<ConcurrentProcessors>();
        var texts = new System.Collections.Concurrent.ConcurrentBag<(string? Text, string? DisplayName)>();
        node.Script.OnRun = (job, _) =>
        {
            texts.Add((job.Directive.Text, job.DisplayName));
            return Task.FromResult(TaskProcessingJobResult.Complete);
        };

        (int exitCode, string output, string errors) = await PublishAsync(language, ConcurrentProcessors.QueueId, 10);

        Assert.True(exitCode == 0, errors);
        await node.HasRunAsync(10);
        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(), node.Runs.Select(run => run.TaskId.Value).Order());
        Assert.Equal(Enumerable.Range(0, 10), node.Runs.Select(run => run.Number).Order());
        Assert.All(texts, text => Assert.StartsWith("terveisiä ", text.Text, StringComparison.Ordinal));
        Assert.All(texts, text => Assert.StartsWith("Task ", text.DisplayName, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public async Task A_queue_that_does_not_exist_is_told(string language)
    {
        (int exitCode, string output, string errors) = await PublishAsync(language, "never.declared", 1);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("no exchange", errors, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Errors)> PublishAsync(string language, string queueId, int count)
    {
        string folder = Path.Combine(TestBroker.RepositoryRoot(), "samples", "polyglot");
        // Debian's python3-pika belongs to Debian's interpreter; another may stand before it in the path.
        string program = language == "node" ? "node" : File.Exists("/usr/lib/python3/dist-packages/pika/__init__.py") ? "/usr/bin/python3" : "python3";
        string script = Path.Combine(folder, language == "node" ? "publish.mjs" : "publish.py");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in new[] { script, Uri.AbsoluteUri.TrimEnd('/'), queueId, Scripted.TaskType, count.ToString(System.Globalization.CultureInfo.InvariantCulture), Prefix })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        string told = await errors;
        return told.Contains("No module named 'pika'", StringComparison.Ordinal) || told.Contains("ERR_MODULE_NOT_FOUND", StringComparison.Ordinal)
            ? throw new InvalidOperationException("Run samples/polyglot/setup.sh first (test.sh does): " + told)
            : (process.ExitCode, output, told);
    }
}
