using System.CommandLine;

namespace BrokerQueues.Samples.DocumentVault.Verifying;

/// <summary>Checks a run from outside, by what lies in the vault's folder and in the parking queues.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var nodes = new Option<string[]>("--nodes") { Required = true, AllowMultipleArgumentsPerToken = true, Description = "The nodes whose catalogues must be equal" };
        var timeout = new Option<int>("--timeout") { DefaultValueFactory = _ => 30, Description = "How many seconds to wait for what is still under way" };
        var command = new Command("verify", "Checks that nothing was lost and nothing was done twice; exit code 1 where a check fails.")
        {
            CommonOptions.Uri, CommonOptions.Prefix, CommonOptions.Vault, nodes, timeout,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            VaultFolder vault = arguments.GetRequiredValue(CommonOptions.Vault);
            string prefix = arguments.GetValue(CommonOptions.Prefix)!;
            string[] nodeNames = arguments.GetRequiredValue(nodes);
            await using ParkingQueues parking = await ParkingQueues.ConnectAsync(arguments.GetRequiredValue(CommonOptions.Uri), prefix, cancellationToken);
            Evidence evidence;
            try
            {
                evidence = await Evidence.GatherAsync(vault, parking, nodeNames, TimeSpan.FromSeconds(arguments.GetValue(timeout)), cancellationToken);
            }
            catch (InvalidDataException exception)
            {
                Console.WriteLine(new Check("the ledger's chain is unbroken", [exception.Message]));
                return 1;
            }

            bool allPassed = true;
            foreach (Check check in TaskChecks.Run(evidence, nodeNames).Concat(ArchiveChecks.Run(vault, evidence)))
            {
                Console.WriteLine(check);
                allPassed &= check.Passed;
            }

            foreach (string line in Summary.Lines(evidence, prefix))
            {
                Console.WriteLine(line);
            }

            return allPassed ? 0 : 1;
        });
        return command;
    }
}
