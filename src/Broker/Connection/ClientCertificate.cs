using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BrokerQueues.Broker.Connection;

/// <summary>Reads the certificate that a program shows to the broker, with what comes along in its file.</summary>
internal static class ClientCertificate
{
    /// <summary>The certificate; null where none is configured.</summary>
    /// <exception cref="CertificateFileException">It cannot be read.</exception>
    public static SslStreamCertificateContext? Read(TlsOptions tls)
    {
        if (string.IsNullOrEmpty(tls.CertificateFile))
        {
            return null;
        }

        try
        {
            X509Certificate2Collection chain = IsPkcs12(tls.CertificateFile)
                ? X509CertificateLoader.LoadPkcs12CollectionFromFile(tls.CertificateFile, tls.CertificatePassword)
                : ReadPem(tls);
            X509Certificate2 own = chain.FirstOrDefault(certificate => certificate.HasPrivateKey)
                ?? throw new CertificateFileException($"Tls:CertificateFile, {tls.CertificateFile}, has no private key. Use a file that has both, or set Tls:CertificateKeyFile.");
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateFileException(
                $"Tls:CertificateFile cannot be read from {tls.CertificateFile}: {exception.Message} Check the file, Tls:CertificateKeyFile and Tls:CertificatePassword.", exception);
        }
    }

    private static bool IsPkcs12(string file) => Path.GetExtension(file).ToUpperInvariant() is ".PFX" or ".P12";

    private static X509Certificate2Collection ReadPem(TlsOptions tls)
    {
        string file = tls.CertificateFile!;
        using X509Certificate2 read = string.IsNullOrEmpty(tls.CertificatePassword)
            ? X509Certificate2.CreateFromPemFile(file, tls.CertificateKeyFile)
            : X509Certificate2.CreateFromEncryptedPemFile(file, tls.CertificatePassword, tls.CertificateKeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(file);

        // By way of PKCS#12: Windows cannot use a key that exists only in memory.
        chain.Insert(0, X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null));
        return chain;
    }
}

/// <summary>A file of certificates cannot be used; the message says which and why.</summary>
internal sealed class CertificateFileException(string message, Exception? inner = null) : Exception(message, inner);
