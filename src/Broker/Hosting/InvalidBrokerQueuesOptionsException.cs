using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Hosting;

/// <summary>What is wrong with the options, a line each. Its name stands before them on the console of a program that does not start.</summary>
internal sealed class InvalidBrokerQueuesOptionsException(string name, IReadOnlyList<string> failures) : OptionsValidationException(name, typeof(BrokerQueuesOptions), failures)
{
    public override string Message { get; } =
        $"The options of {BrokerQueuesOptions.SectionName} have {failures.Count} mistake(s).{Environment.NewLine}  - {string.Join($"{Environment.NewLine}  - ", failures)}";
}
