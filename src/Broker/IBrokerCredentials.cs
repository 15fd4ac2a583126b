namespace BrokerQueues.Broker;

/// <summary>
/// Where user and password come from when neither the configuration nor the URI has them: a vault, a token service. Register one as a
/// singleton; it then goes before <see cref="BrokerQueuesOptions.UserName"/>, <see cref="BrokerQueuesOptions.Password"/> and the URI.
/// </summary>
public interface IBrokerCredentials
{
    /// <summary>
    /// Called before each attempt to connect, from then on by both connections of a program, also at once. What it throws counts as a
    /// failed attempt: it is logged with type and message, which therefore must not have the password in it, and asked again.
    /// </summary>
    /// <param name="cancellationToken">Fires after 20 s, and when the program ends.</param>
    ValueTask<BrokerCredentials> GetAsync(CancellationToken cancellationToken);
}
