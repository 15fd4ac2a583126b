using System.Buffers;
using BrokerQueues.Worker.Results;

namespace BrokerQueues.Worker.Discovery;

/// <summary>Tells error codes that can occur from those that cannot: a rule for one that cannot would be a rule for nothing.</summary>
internal sealed class ErrorCodeCheck
{
    private static readonly string[] s_ownKinds = ["http", "sql", "hresult"];

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789ABCDEFabcdef");

    // Those of the user's providers: what their codes look like is theirs to say, also where the kind is one of ours.
    private readonly HashSet<string> _kinds = new(StringComparer.OrdinalIgnoreCase);

    // A provider of the user's that does not name its kinds may know any.
    private readonly bool _anyKind;

    public ErrorCodeCheck(IEnumerable<IErrorCodeProvider> providers)
    {
        foreach (IErrorCodeProvider provider in providers.Where(provider => provider is not (HttpErrorCodes or SqlErrorCodes or HResultErrorCodes)))
        {
            if (KindsOf(provider) is { } kinds)
            {
                _kinds.UnionWith(kinds);
            }
            else
            {
                _anyKind = true;
            }
        }
    }

    /// <summary>What is wrong with a code and what to write instead; null where it can occur.</summary>
    public string? FindMistake(string? code)
    {
        int colon = code?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (code is null || colon < 1 || colon == code.Length - 1)
        {
            return $"names the error code \"{code}\"; write kind and code, such as \"http:429\".";
        }

        string kind = code[..colon];
        string rest = code[(colon + 1)..];
        if (_anyKind || _kinds.Contains(kind))
        {
            return null;
        }

        return kind.ToUpperInvariant() switch
        {
            "HTTP" => IsHttpStatus(rest) ? null
                : $"names the error code \"{code}\", which no response has; write a status from 100 to 599 or a class of them, such as \"http:429\" or \"http:5xx\".",
            "SQL" => IsSqlState(rest) ? null
                : $"names the error code \"{code}\", which is no SQLSTATE; write its five letters or digits, such as \"sql:40001\".",
            "HRESULT" => IsHResult(rest) ? null
                : $"names the error code \"{code}\", which is no HRESULT; write 0x and its eight hexadecimal digits, such as \"hresult:0x80070005\".",
            _ => $"names the error code \"{code}\", and nothing gives codes of the kind '{kind}'. " +
                $"Known kinds are {string.Join(", ", s_ownKinds.Union(_kinds, StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal))}: " +
                "correct it, or register an IErrorCodeProvider that gives them.",
        };
    }

    private static string[]? KindsOf(IErrorCodeProvider provider)
    {
        try
        {
            return provider.Kinds is { } kinds ? [.. kinds] : null;
        }
#pragma warning disable CA1031 // It is the user's code, and what it cannot say is not known.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    private static bool IsHttpStatus(string code) =>
        code.Length == 3 && code[0] is >= '1' and <= '5' &&
        ((char.IsAsciiDigit(code[1]) && char.IsAsciiDigit(code[2])) || code.AsSpan(1).Equals("xx", StringComparison.OrdinalIgnoreCase));

    private static bool IsSqlState(string code) => code.Length == 5 && code.All(char.IsAsciiLetterOrDigit);

    private static bool IsHResult(string code) =>
        code.Length == 10 && code.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && code.AsSpan(2).IndexOfAnyExcept(s_hexDigits) < 0;
}
