using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using BrokerQueues.Broker.Connection;
using BrokerQueues.Broker.Wire;
using Microsoft.Extensions.Options;

namespace BrokerQueues.Broker.Hosting;

/// <summary>Checks the options when they are first read, all at once, so that a typo stops the program and not a task.</summary>
internal sealed class BrokerQueuesOptionsValidator : IValidateOptions<BrokerQueuesOptions>
{
    /// <summary>Prefix, queue id and the longest suffix share AMQP's 255 bytes.</summary>
    private const int MaxNamePart = 60;

    /// <summary>It is sent as app_id, and with node and role as the name of the connection.</summary>
    private const int MaxApplicationName = 120;

    private const string NoHalves = ", and no half of a surrogate pair";

    public ValidateOptionsResult Validate(string? name, BrokerQueuesOptions options)
    {
        var errors = new List<string>();
        bool isTls = BrokerAddress.TryRead(options, errors, out BrokerAddress? address) && address.IsTls;
        CheckTls(options, isTls, errors);
        CheckPrefix(options.Prefix ?? "", errors);

        if (!ShortString.Fits(options.ApplicationName ?? "", MaxApplicationName))
        {
            errors.Add($"ApplicationName must have at most {MaxApplicationName} bytes of UTF-8{NoHalves}.");
        }

        if (options.NodeId is { } nodeId && (nodeId.Length == 0 || !ShortString.Fits(nodeId, MaxNamePart)))
        {
            errors.Add($"NodeId must have 1 to {MaxNamePart} bytes of UTF-8{NoHalves}, or not be set.");
        }

        OptionRange.Require(options.PublishTimeout, nameof(options.PublishTimeout), TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), errors);
        OptionRange.Require(options.Heartbeat, nameof(options.Heartbeat), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), errors);
        OptionRange.Require(options.MaxReconnectDelay, nameof(options.MaxReconnectDelay), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), errors);
        OptionRange.Require(options.MaxBodySize, nameof(options.MaxBodySize), 1, 16 * 1024 * 1024, errors);
        OptionRange.Require(options.MaxOutstandingConfirms, nameof(options.MaxOutstandingConfirms), 1, 10_000, errors);

        string[] mistakes = [.. options.SectionMistakes.Distinct(StringComparer.Ordinal), .. errors.Select(error => $"{BrokerQueuesOptions.SectionName}:{error}")];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private static void CheckTls(BrokerQueuesOptions options, bool isTls, List<string> errors)
    {
        if (options.Tls is not { } tls)
        {
            errors.Add("Tls must not be null; leave it as it is for a connection without TLS.");
            return;
        }

        if (tls.Enabled == false && options.Uri is { IsAbsoluteUri: true, Scheme: "amqps" })
        {
            errors.Add("Uri begins with amqps://, which is TLS, and Tls:Enabled is false. For TLS leave Tls:Enabled out; for a connection without it write amqp:// in Uri.");
        }

        if (isTls)
        {
            CheckFiles(tls, errors);
        }
        else if (tls.Enabled is null && SettingsOf(tls) is { Length: > 0 } unused)
        {
            errors.Add($"Tls is set ({unused}), but the connection does not use it. Write amqps:// in Uri, or set Tls:Enabled to true, or to false where it is not to be used.");
        }

        if (options.Authentication == AuthenticationMechanism.External && (!isTls || string.IsNullOrEmpty(tls.CertificateFile)))
        {
            errors.Add("Authentication is External, for which the connection needs TLS (amqps:// in Uri) and a client certificate in Tls:CertificateFile.");
        }

        if (!Enum.IsDefined(options.Authentication))
        {
            errors.Add($"Authentication must be {nameof(AuthenticationMechanism.Plain)} or {nameof(AuthenticationMechanism.External)}.");
        }
    }

    private static string SettingsOf(TlsOptions tls) => string.Join(", ", new[]
    {
        string.IsNullOrEmpty(tls.CaFile) ? null : nameof(tls.CaFile),
        string.IsNullOrEmpty(tls.CertificateFile) ? null : nameof(tls.CertificateFile),
        string.IsNullOrEmpty(tls.CertificateKeyFile) ? null : nameof(tls.CertificateKeyFile),
        string.IsNullOrEmpty(tls.CertificatePassword) ? null : nameof(tls.CertificatePassword),
        string.IsNullOrEmpty(tls.ServerName) ? null : nameof(tls.ServerName),
        tls.RevocationMode == X509RevocationMode.NoCheck ? null : nameof(tls.RevocationMode),
        tls.Protocols == SslProtocols.None ? null : nameof(tls.Protocols),
    }.OfType<string>());

    private static void CheckFiles(TlsOptions tls, List<string> errors)
    {
        int before = errors.Count;
        if (string.IsNullOrEmpty(tls.CertificateFile) && !string.IsNullOrEmpty(tls.CertificateKeyFile ?? tls.CertificatePassword))
        {
            errors.Add("Tls:CertificateFile is not set, and the key or password of a certificate is (Tls:CertificateKeyFile, Tls:CertificatePassword). Name the certificate that they belong to.");
        }

        RequireFile(tls.CaFile, nameof(tls.CaFile), errors);
        RequireFile(tls.CertificateFile, nameof(tls.CertificateFile), errors);
        RequireFile(tls.CertificateKeyFile, nameof(tls.CertificateKeyFile), errors);
        if (errors.Count > before)
        {
            return;
        }

        try
        {
            _ = ClientCertificate.Read(tls);
            _ = CertificateCheck.ReadAuthorities(tls);
        }
        catch (CertificateFileException exception)
        {
            errors.Add(exception.Message);
        }
    }

    private static void RequireFile(string? path, string option, List<string> errors)
    {
        if (!string.IsNullOrEmpty(path) && !File.Exists(path))
        {
            errors.Add($"Tls:{option} is {path}, and there is no such file (the program runs in {Environment.CurrentDirectory}).");
        }
    }

    private static void CheckPrefix(string prefix, List<string> errors)
    {
        if (!ShortString.Fits(prefix, MaxNamePart))
        {
            errors.Add($"Prefix must have at most {MaxNamePart} bytes of UTF-8{NoHalves}.");
        }

        if (prefix.AsSpan().IndexOfAny("*#@") >= 0)
        {
            errors.Add("Prefix must not contain '*', '#' or '@', which mean something else to the broker.");
        }

        if (prefix.StartsWith("amq.", StringComparison.Ordinal))
        {
            errors.Add("Prefix must not begin with 'amq.': the broker keeps such names for itself and refuses to declare them.");
        }
    }
}
