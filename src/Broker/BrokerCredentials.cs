namespace BrokerQueues.Broker;

/// <summary>A user of the broker and its password.</summary>
/// <param name="userName">The user.</param>
/// <param name="password">The password, or the token that stands in its place.</param>
/// <exception cref="ArgumentNullException">One of them is null.</exception>
public sealed class BrokerCredentials(string userName, string password)
{
    /// <summary>The user.</summary>
    public string UserName { get; } = userName ?? throw new ArgumentNullException(nameof(userName));

    /// <summary>The password, or the token that stands in its place.</summary>
    public string Password { get; } = password ?? throw new ArgumentNullException(nameof(password));

    /// <summary>The user alone.</summary>
    public override string ToString() => UserName;
}
