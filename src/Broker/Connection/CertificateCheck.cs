using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BrokerQueues.Broker.Connection;

/// <summary>Checks the broker's certificate for one attempt to connect, and remembers in words what it refused it for.</summary>
internal sealed class CertificateCheck(TlsOptions tls, string host, TimeProvider time)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The name that the certificate must be for.</summary>
    public string ServerName { get; } = string.IsNullOrEmpty(tls.ServerName) ? host : tls.ServerName;

    /// <summary>Why the certificate was refused; null where it was not, or never came.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether the broker has shown an acceptable certificate: what fails later is about ours.</summary>
    public bool Accepted { get; private set; }

    /// <summary>The authorities of <see cref="TlsOptions.CaFile"/>; null where none is set.</summary>
    /// <exception cref="CertificateFileException">The file cannot be read, or has no certificate.</exception>
    public static X509Certificate2Collection? ReadAuthorities(TlsOptions tls)
    {
        if (string.IsNullOrEmpty(tls.CaFile))
        {
            return null;
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(tls.CaFile);
            return authorities.Count > 0 ? authorities : throw new CertificateFileException($"Tls:CaFile, {tls.CaFile}, has no certificate in PEM.");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateFileException($"Tls:CaFile, {tls.CaFile}, cannot be read: {exception.Message}", exception);
        }
    }

    public bool Validate(object sender, X509Certificate? shown, X509Chain? given, SslPolicyErrors errors)
    {
        if (shown is null)
        {
            Refusal = "it shows no certificate";
            return false;
        }

        var causes = new List<string>();
        using var certificate = new X509Certificate2(shown);
        try
        {
            AddChainCauses(certificate, given, causes);
        }
        catch (Exception exception) when (exception is CryptographicException or CertificateFileException)
        {
            causes.Add($"it could not be checked: {exception.Message}");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            causes.Add($"it is for {NamesOf(certificate)}, not for '{ServerName}'; connect by a name it has, or set Tls:ServerName to one");
        }

        Refusal = causes.Count > 0 ? $"its certificate ('{certificate.Subject}') is refused: {string.Join("; ", causes)}" : null;
        Accepted = causes.Count == 0;
        return Accepted;
    }

    private void AddChainCauses(X509Certificate2 certificate, X509Chain? given, List<string> causes)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = tls.RevocationMode;
        chain.ChainPolicy.RevocationFlag = X509RevocationFlag.ExcludeRoot;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.GetLocalNow().LocalDateTime;
        if (given is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(given.ChainPolicy.ExtraStore);
        }

        if (ReadAuthorities(tls) is { } authorities)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (chain.Build(certificate))
        {
            return;
        }

        foreach (X509ChainElement element in chain.ChainElements)
        {
            foreach (X509ChainStatus status in element.ChainElementStatus)
            {
                causes.Add(Explain(status, element.Certificate));
            }
        }

        // What concerns the chain as a whole stands on no element.
        causes.AddRange(chain.ChainStatus
            .Where(status => !chain.ChainElements.Any(element => element.ChainElementStatus.Any(its => its.Status == status.Status)))
            .Select(status => Explain(status, certificate)));
        if (causes.Count == 0)
        {
            causes.Add("this machine does not trust it, and does not say why");
        }
    }

    private string Explain(X509ChainStatus status, X509Certificate2 certificate) => status.Status switch
    {
        X509ChainStatusFlags.NotTimeValid => time.GetUtcNow().UtcDateTime > certificate.NotAfter.ToUniversalTime()
            ? $"'{certificate.Subject}' has expired, on {Date(certificate.NotAfter)}"
            : $"'{certificate.Subject}' is valid only from {Date(certificate.NotBefore)}",
        X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain => string.IsNullOrEmpty(tls.CaFile)
            ? $"its authority '{certificate.Issuer}' is unknown here; set Tls:CaFile to a file with the certificate of that authority"
            : $"its authority '{certificate.Issuer}' is not in Tls:CaFile, {tls.CaFile}",
        X509ChainStatusFlags.Revoked => $"'{certificate.Subject}' has been revoked",
        X509ChainStatusFlags.RevocationStatusUnknown or X509ChainStatusFlags.OfflineRevocation =>
            $"whether '{certificate.Subject}' has been revoked cannot be found out (Tls:RevocationMode is {tls.RevocationMode})",
        X509ChainStatusFlags.NotValidForUsage => $"'{certificate.Subject}' is not meant for a server",
        _ => $"{status.Status} of '{certificate.Subject}': {status.StatusInformation.Trim()}",
    };

    private static string Date(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string NamesOf(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] all = names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())];
        if (all.Length == 0 && certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false) is { Length: > 0 } common)
        {
            all = [common];
        }

        return all.Length == 0 ? "no host at all" : string.Join(", ", all.Select(name => $"'{name}'"));
    }
}
