using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using PublicApiGenerator;

namespace BrokerQueues.Tests;

/// <summary>The public surface of an assembly, as C#, compared with the approved file beside the test.</summary>
internal static class PublicApi
{
    private const string Accept = "BROKERQUEUES_ACCEPT_API";

    private static readonly ApiGeneratorOptions s_options = new() { IncludeAssemblyAttributes = false };

    /// <summary>Fails where the surface is not the approved one; with the environment variable set, approves it.</summary>
    public static void AssertApproved(Assembly assembly, [CallerFilePath] string testFile = "")
    {
        string approvedFile = Path.Combine(Path.GetDirectoryName(testFile)!, "PublicApi.approved.txt");
        string actual = assembly.GeneratePublicApi(s_options).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(approvedFile, actual);
            return;
        }

        string approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile).ReplaceLineEndings("\n") : "";
        if (approved == actual)
        {
            return;
        }

        string[] before = approved.Split('\n');
        string[] after = actual.Split('\n');
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"The public API of {assembly.GetName().Name} is not what is approved in {approvedFile}.");
        foreach (string line in before.Except(after, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  - {line.Trim()}");
        }

        foreach (string line in after.Except(before, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  + {line.Trim()}");
        }

        text.Append(CultureInfo.InvariantCulture, $"If the change is meant, accept it with: {Accept}=1 dotnet test {Path.GetDirectoryName(testFile)} --filter PublicApi (and commit the file).");
        Assert.Fail(text.ToString());
    }
}
