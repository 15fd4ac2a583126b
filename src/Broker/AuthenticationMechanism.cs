namespace BrokerQueues.Broker;

/// <summary>How a program proves to the broker who it is.</summary>
public enum AuthenticationMechanism
{
    /// <summary>SASL PLAIN: user and password. Over a connection without TLS both can be read on the way.</summary>
    Plain,

    /// <summary>
    /// SASL EXTERNAL: the client certificate of <see cref="TlsOptions.CertificateFile"/> names the user. The broker needs its plugin
    /// <c>rabbitmq_auth_mechanism_ssl</c>, and EXTERNAL among its <c>auth_mechanisms</c>.
    /// </summary>
    External,
}
