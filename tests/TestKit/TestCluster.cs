using System.Diagnostics;
using System.Globalization;

namespace BrokerQueues.TestKit;

/// <summary>Three brokers of one cluster, each on an address of its own, made by scripts/broker.sh.</summary>
public sealed class TestCluster
{
    private readonly string? _line;
    private readonly string _name;

    private TestCluster(string? line, string name, IReadOnlyList<TestBroker> members)
    {
        _line = line;
        _name = name;
        Members = members;
    }

    public IReadOnlyList<TestBroker> Members { get; }

    /// <summary>Why no member can be cut off from the others on this machine; null where it can.</summary>
    public static string? WhyNoCut { get; } = FindWhyNoCut();

    public static TestCluster Start(string name)
    {
        string? line = Environment.GetEnvironmentVariable("BROKERQUEUES_TEST_LINE");
        if (string.IsNullOrEmpty(line))
        {
            line = TestBroker.Script("cluster", null, null, before: ["line"]);
        }

        Uri[] uris = [.. Up(line, name).Select(uri => new Uri(uri))];
        TestBroker[] members = new TestBroker[uris.Length];
        for (int index = 0; index < uris.Length; index++)
        {
            string member = string.Create(CultureInfo.InvariantCulture, $"{name}-{index + 1}");
            members[index] = new TestBroker(uris[index], new Uri(TestBroker.Script("management", line, member)), line, member);
        }

        return new TestCluster(line, name, members);
    }

    /// <summary>Starts whatever is down.</summary>
    public void Up() => Up(_line, _name);

    public void Down() => TestBroker.Script("cluster", _line, _name, before: ["down"]);

    /// <summary>Cuts a member off from the others: what they send each other is dropped. Clients reach it as before.</summary>
    public void Cut(TestBroker member) => Filter("cut", member);

    public void Mend(TestBroker member) => Filter("mend", member);

    private static string[] Up(string? line, string name) => TestBroker.Script("cluster", line, name, before: ["up"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string? FindWhyNoCut()
    {
        try
        {
            using Process iptables = Process.Start(new ProcessStartInfo("iptables", "-w -L OUTPUT -n") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            iptables.WaitForExit();
            return iptables.ExitCode == 0 ? null : "iptables refuses: cutting a broker off needs root and NET_ADMIN";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "there is no iptables to cut a broker off with";
        }
    }

    private void Filter(string verb, TestBroker member) => TestBroker.Script(
        "cluster", _line, _name, before: [verb], "--member", (Members.ToList().IndexOf(member) + 1).ToString(CultureInfo.InvariantCulture));
}
