using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace BrokerQueues.Broker;

/// <summary>
/// TLS to the broker; the configuration section <c>BrokerQueues:Tls</c>. Strict by default: the certificate has to be valid today, issued by a
/// trusted authority, and for the name under which the broker is reached. Files are read at each attempt to connect, so replaced
/// certificates need no restart.
/// </summary>
public sealed class TlsOptions
{
    /// <summary>
    /// Whether to speak TLS. Default: null, as the URI says, <c>amqps://</c> or <c>amqp://</c>. True turns it on beside <c>amqp://</c>; false beside <c>amqps://</c> is a
    /// mistake at start. With false the other settings of TLS are not looked at.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>
    /// A PEM file with the certificates of the authorities that the broker's certificate may come from. Default: none; the operating
    /// system's trusted authorities then count. With it only those in the file do.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>The client's own certificate: PEM, or PKCS#12 (<c>.pfx</c>, <c>.p12</c>). Default: none.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The private key of a PEM <see cref="CertificateFile"/>. Default: in the same file.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>The password of the PKCS#12 file or of the encrypted PEM key. Default: none.</summary>
    public string? CertificatePassword { get; set; }

    /// <summary>The name that the broker's certificate must be for. Default: the host that is connected to.</summary>
    public string? ServerName { get; set; }

    /// <summary>
    /// Whether to ask if certificates were revoked. Default: <see cref="X509RevocationMode.NoCheck"/>, for an authority of one's own
    /// publishes no list as a rule. With the others, a certificate whose state cannot be found out is refused.
    /// </summary>
    public X509RevocationMode RevocationMode { get; set; } = X509RevocationMode.NoCheck;

    /// <summary>The TLS versions to use. Default: <see cref="SslProtocols.None"/>, which leaves the choice to the operating system.</summary>
    public SslProtocols Protocols { get; set; } = SslProtocols.None;
}
