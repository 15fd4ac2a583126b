using System.Diagnostics;

namespace BrokerQueues.TestKit;

/// <summary>
/// The broker under test: BROKERQUEUES_URI and BROKERQUEUES_MANAGEMENT where set, else the one that scripts/broker.sh finds
/// or makes, of the line in BROKERQUEUES_TEST_LINE (3.10, 4.3; default: whatever is installed).
/// </summary>
public sealed class TestBroker
{
    private static readonly Lazy<TestBroker> s_shared = new(() => Find("main"));

    private TestBroker(Uri uri, Uri management, string? line, string name)
    {
        Uri = uri;
        Management = management;
        Line = line;
        Name = name;
    }

    /// <summary>The broker that all tests share, each under names of its own.</summary>
    public static TestBroker Shared => s_shared.Value;

    public Uri Uri { get; }

    public Uri Management { get; }

    public string? Line { get; }

    public string Name { get; }

    /// <summary>A broker of its own, for tests that kill it.</summary>
    public static TestBroker Start(string name)
    {
        string? line = Environment.GetEnvironmentVariable("BROKERQUEUES_TEST_LINE");
        var uri = new Uri(Script("up", line, name));
        return new TestBroker(uri, new Uri(Script("management", line, name)), line, name);
    }

    public int ProcessId() => int.Parse(Script("pid", Line, Name), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Kills the broker's process, as a power failure would.</summary>
    public void Kill()
    {
        using var process = Process.GetProcessById(ProcessId());
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Starts it again, with its data and its ports.</summary>
    public void Restart() => Script("up", Line, Name);

    public void Stop() => Script("down", Line, Name);

    /// <summary>Runs rabbitmqctl on it.</summary>
    public void Control(params string[] arguments) => Script("ctl", Line, Name, ["--", .. arguments]);

    public static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "BrokerQueues.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository: no BrokerQueues.sln above " + AppContext.BaseDirectory);
    }

    private static TestBroker Find(string name)
    {
        string? line = Environment.GetEnvironmentVariable("BROKERQUEUES_TEST_LINE");
#if TESTCONTAINERS
        return FromContainer(line);
#else
        if (Environment.GetEnvironmentVariable("BROKERQUEUES_URI") is { Length: > 0 } uri)
        {
            string management = Environment.GetEnvironmentVariable("BROKERQUEUES_MANAGEMENT") ?? $"http://{new Uri(uri).Host}:15672";
            return new TestBroker(new Uri(uri), new Uri(management), line, name);
        }

        return new TestBroker(new Uri(Script("up", line, null)), new Uri(Script("management", line, null)), line, name);
#endif
    }

#if TESTCONTAINERS
    private static TestBroker FromContainer(string? line)
    {
        string image = line == "3.10" ? "rabbitmq:3.10-management" : "rabbitmq:4-management";
        var container = new Testcontainers.RabbitMq.RabbitMqBuilder().WithImage(image).WithPortBinding(15672, assignRandomHostPort: true)
            .WithUsername("guest").WithPassword("guest").Build();
        container.StartAsync().GetAwaiter().GetResult();
        return new TestBroker(
            new Uri(container.GetConnectionString()), new Uri($"http://{container.Hostname}:{container.GetMappedPublicPort(15672)}"), line, "container");
    }
#endif

    private static string Script(string verb, string? line, string? name, params string[] more)
    {
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot(), "scripts", "broker.sh")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(verb);
        if (!string.IsNullOrEmpty(line))
        {
            start.ArgumentList.Add("--line");
            start.ArgumentList.Add(line);
        }

        if (name is not null)
        {
            start.ArgumentList.Add("--name");
            start.ArgumentList.Add(name);
        }

        foreach (string argument in more)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"broker.sh {verb} failed: {errors.Result}");
    }
}
