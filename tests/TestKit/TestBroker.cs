using System.Diagnostics;

namespace BrokerQueues.TestKit;

/// <summary>
/// The broker under test: the one that BROKERQUEUES_URI and BROKERQUEUES_MANAGEMENT name; else, where a Docker engine answers, a container; else the
/// one that scripts/broker.sh finds or makes. The line is the one in BROKERQUEUES_TEST_LINE (3.10, 4.3; default: 4.3 in Docker, elsewhere whatever is
/// installed).
/// </summary>
public sealed class TestBroker
{
    private static readonly Lazy<TestBroker> s_shared = new(() => Find("main"));

    private readonly BrokerContainer? _container;

    private TestBroker(BrokerContainer container, string? line, string name)
        : this(container.Uri, container.Management, line, name) => _container = container;

    internal TestBroker(Uri uri, Uri management, string? line, string name)
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
        if (BrokerContainer.EngineAnswers)
        {
            return new TestBroker(BrokerContainer.Start(line), line, name);
        }

        var uri = new Uri(Script("up", line, name));
        return new TestBroker(uri, new Uri(Script("management", line, name)), line, name);
    }

    /// <summary>Its process on this machine; a broker in a container has none that is known.</summary>
    public int ProcessId() => int.Parse(Script("pid", Line, Name), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Kills the broker's process, as a power failure would.</summary>
    public void Kill()
    {
        if (_container is not null)
        {
            _container.Kill();
            return;
        }

        using var process = Process.GetProcessById(ProcessId());
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Stops the broker's process where it is: it keeps its connections and answers nothing.</summary>
    public void Freeze() => Signal("-STOP");

    public void Thaw() => Signal("-CONT");

    /// <summary>Starts it again, with its data and its ports.</summary>
    public void Restart()
    {
        if (_container is not null)
        {
            _container.StartAgain();
        }
        else
        {
            Script("up", Line, Name);
        }
    }

    /// <summary>Ends it in order; its data stay.</summary>
    public void Stop()
    {
        if (_container is not null)
        {
            _container.Stop();
        }
        else
        {
            Script("down", Line, Name);
        }
    }

    /// <summary>Runs rabbitmqctl on it.</summary>
    public void Control(params string[] arguments)
    {
        if (_container is not null)
        {
            _container.Control(arguments);
        }
        else
        {
            Script("ctl", Line, Name, ["--", .. arguments]);
        }
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [signal, ProcessId().ToString(System.Globalization.CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
    }

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
        if (Environment.GetEnvironmentVariable("BROKERQUEUES_URI") is { Length: > 0 } uri)
        {
            string management = Environment.GetEnvironmentVariable("BROKERQUEUES_MANAGEMENT") ?? $"http://{new Uri(uri).Host}:15672";
            return new TestBroker(new Uri(uri), new Uri(management), line, name);
        }

        return BrokerContainer.EngineAnswers
            ? new TestBroker(BrokerContainer.Start(line), line, name)
            : new TestBroker(new Uri(Script("up", line, null)), new Uri(Script("management", line, null)), line, name);
    }

    internal static string Script(string verb, string? line, string? name, params string[] more) => Script(verb, line, name, before: [], more);

    internal static string Script(string verb, string? line, string? name, string[] before, params string[] more)
    {
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot(), "scripts", "broker.sh")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(verb);
        foreach (string argument in before)
        {
            start.ArgumentList.Add(argument);
        }

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
