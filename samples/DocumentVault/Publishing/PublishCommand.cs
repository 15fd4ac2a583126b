using System.CommandLine;
using System.Diagnostics;
using BrokerQueues.Samples.DocumentVault.Importing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrokerQueues.Samples.DocumentVault.Publishing;

/// <summary>Publishes a task for each document of some folders, some of them twice, and tasks that fail on purpose.</summary>
internal static class PublishCommand
{
    /// <summary>How many documents are published a second time, as by somebody who pressed the button twice.</summary>
    private const int Repeats = 25;

    /// <summary>How long to wait at most for a worker to meet the lock of the busy file.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var folders = new Argument<string[]>("folders") { Arity = ArgumentArity.ZeroOrMore, Description = "Folders with documents. Default: the documentation of this machine" };
        var enough = new Option<int>("--enough") { DefaultValueFactory = _ => 2000, Description = "No further folder is taken once there are so many files" };
        var atMost = new Option<int>("--at-most") { DefaultValueFactory = _ => 3000, Description = "No more files than this" };
        var command = new Command("publish", "Publishes a task for each document, and a few that fail on purpose.")
        {
            folders, CommonOptions.Uri, CommonOptions.Prefix, CommonOptions.Vault, enough, atMost,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            string[] given = arguments.GetValue(folders) ?? [];
            IReadOnlyList<string> files = InputFiles.Choose(
                given.Length > 0 ? given : InputFiles.DefaultFolders, arguments.GetValue(enough), arguments.GetValue(atMost));
            if (files.Count == 0)
            {
                await Console.Error.WriteLineAsync("There is no file in these folders. Name a folder that has some.");
                return 1;
            }

            await using ServiceProvider services = new ServiceCollection()
                .AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning))
                .AddBrokerQueues(options =>
                {
                    options.Uri = arguments.GetRequiredValue(CommonOptions.Uri);
                    options.Prefix = arguments.GetRequiredValue(CommonOptions.Prefix);
                })
                .Services.BuildServiceProvider();
            await PublishAsync(services.GetRequiredService<ITaskManager>(), arguments.GetRequiredValue(CommonOptions.Vault), files, cancellationToken);
            return 0;
        });
        return command;
    }

    private static async Task PublishAsync(ITaskManager tasks, VaultFolder vault, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        using var faulty = new FaultyTasks(vault);
        List<PublishedTask> documents =
            [.. files.Select((path, index) => new PublishedTask(InputFiles.TaskIdFor(path), path, Expectation.Imported, Times: index < Repeats ? 2 : 1))];

        // Before the first task: whoever watches knows from the beginning how many there will be.
        JsonLines.Replace(vault.Manifest, [.. faulty.Tasks.Select(task => task.Expected), .. documents]);

        // The repeats at the end, when as a rule the first of the two has long been imported; a worker cannot tell and need not.
        List<NewTask> all = [.. faulty.Tasks.Select(task => task.Task), .. documents.Select(Import), .. documents.Where(document => document.Times > 1).Select(Import)];
        long began = Stopwatch.GetTimestamp();
        await tasks.AddTasksAsync(all, cancellationToken);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Published and confirmed {all.Count} tasks in {took.TotalSeconds:0.00} s ({all.Count / took.TotalSeconds:0}/s).");

        await WaitForSecondAttemptAsync(vault, FaultyTasks.BusyTaskId, cancellationToken);
    }

    /// <summary>A second attempt proves that the first one met the lock; only then may the file be let go.</summary>
    private static async Task WaitForSecondAttemptAsync(VaultFolder vault, string taskId, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < s_patience)
        {
            if (Journal.ReadAll(vault).Any(execution => execution.TaskId == taskId && execution.Attempt > 1))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }

    private static NewTask Import(PublishedTask document) => new(
        ImportProcessor.QueueId,
        ImportProcessor.ImportTaskType,
        new ImportDirective { Path = document.Path },
        new AddTaskOptions { TaskId = new TaskId(document.TaskId), DisplayName = Path.GetFileName(document.Path) });
}
