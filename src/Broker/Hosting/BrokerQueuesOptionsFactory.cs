using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Hosting;

/// <summary>Makes the options as ever, and has an exception about them say what is wrong as a list: its own message is one line however much there is.</summary>
internal sealed class BrokerQueuesOptionsFactory(
    IEnumerable<IConfigureOptions<BrokerQueuesOptions>> setups,
    IEnumerable<IPostConfigureOptions<BrokerQueuesOptions>> postConfigures,
    IEnumerable<IValidateOptions<BrokerQueuesOptions>> validations) : IOptionsFactory<BrokerQueuesOptions>
{
    private readonly OptionsFactory<BrokerQueuesOptions> _inner = new(setups, postConfigures, validations);

    public BrokerQueuesOptions Create(string name)
    {
        try
        {
            return _inner.Create(name);
        }
        catch (OptionsValidationException exception)
        {
            throw new InvalidBrokerQueuesOptionsException(exception.OptionsName, [.. exception.Failures]);
        }
    }
}
