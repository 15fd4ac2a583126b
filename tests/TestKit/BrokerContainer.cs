using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DotNet.Testcontainers.Containers;
using Testcontainers.RabbitMq;

namespace BrokerQueues.TestKit;

/// <summary>
/// A broker in Docker, by Testcontainers, whose reaper removes it when the tests have ended. Written against the documentation of Testcontainers 4.16.0
/// and not run: there was no Docker engine where it was written.
/// </summary>
internal sealed class BrokerContainer
{
    private const int Amqp = 5672, Http = 15672;

    private static readonly Lazy<bool> s_engineAnswers = new(AskEngine);

    private readonly RabbitMqContainer _container;

    private BrokerContainer(RabbitMqContainer container, int amqpPort, int managementPort)
    {
        _container = container;
        Uri = new Uri($"amqp://guest:guest@{container.Hostname}:{amqpPort}/");
        Management = new Uri($"http://{container.Hostname}:{managementPort}");
    }

    /// <summary>Whether there is a Docker engine that answers; asked once.</summary>
    public static bool EngineAnswers => s_engineAnswers.Value;

    public Uri Uri { get; }

    public Uri Management { get; }

    public static BrokerContainer Start(string? line)
    {
        // Ports of our choice: those that Docker chooses are others after each restart.
        (int amqpPort, int managementPort) = (FreePort(), FreePort());
        RabbitMqContainer container = new RabbitMqBuilder($"rabbitmq:{(string.IsNullOrEmpty(line) ? "4.3" : line)}-management")
            .WithUsername("guest")
            .WithPassword("guest")
            .WithPortBinding(amqpPort, Amqp)
            .WithPortBinding(managementPort, Http)
            .WithResourceMapping("[rabbitmq_management,rabbitmq_prometheus,rabbitmq_shovel,rabbitmq_shovel_management]."u8.ToArray(), "/etc/rabbitmq/enabled_plugins")
            .WithResourceMapping("[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 5000}]}]."u8.ToArray(), "/etc/rabbitmq/advanced.config")
            .Build();
        container.StartAsync().GetAwaiter().GetResult();
        return new BrokerContainer(container, amqpPort, managementPort);
    }

    /// <summary>SIGKILL, as a power failure would. The library only stops in order, so Docker's own program is asked.</summary>
    public void Kill() => _ = Run("docker", "kill", "--signal", "KILL", _container.Id);

    public void StartAgain() => _container.StartAsync().GetAwaiter().GetResult();

    public void Stop() => _container.StopAsync().GetAwaiter().GetResult();

    public void Control(string[] arguments)
    {
        ExecResult result = _container.ExecAsync(["rabbitmqctl", .. arguments]).GetAwaiter().GetResult();
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"rabbitmqctl {arguments[0]} failed in the container: {result.Stderr}");
        }
    }

    private static bool AskEngine()
    {
        try
        {
            return Run("docker", "version", "--format", "{{.Server.Version}}").Length > 0;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {arguments[0]} failed: {errors.Result}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
