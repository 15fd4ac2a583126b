using System.Security.Cryptography;
using System.Text.Json;

namespace BrokerQueues.Samples.DocumentVault.Recording;

/// <summary>Reads the ledger on from where it was, and checks each line against the one before.</summary>
internal sealed class LedgerReader(VaultFolder vault)
{
    /// <summary>What stands for the line before the first.</summary>
    private static readonly string s_beginning = new('0', SHA256.HashSizeInBytes * 2);

    private readonly LineTail _tail = new(vault.Ledger);
    private InvalidDataException? _broken;

    /// <summary>How many lines have been read.</summary>
    public int Lines { get; private set; }

    /// <summary>The hash of the last line: what the next one has to carry.</summary>
    public string LastHash { get; private set; } = s_beginning;

    /// <summary>Where the last whole line ends.</summary>
    public long Position => _tail.Position;

    /// <exception cref="InvalidDataException">The chain is broken. It stays so for this reader: what follows a broken line proves nothing.</exception>
    public IReadOnlyList<LedgerEntry> ReadNew()
    {
        if (_broken is not null)
        {
            throw _broken;
        }

        try
        {
            return [.. _tail.ReadNew().Select(Check)];
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException)
        {
            throw _broken = new InvalidDataException($"The ledger {vault.Ledger} is broken at line {Lines + 1}: {exception.Message} Repair it from a copy, then start the workers again.", exception);
        }
    }

    private LedgerEntry Check(byte[] line)
    {
        LedgerEntry entry = JsonLines.Read<LedgerEntry>(line);
        if (entry.Previous != LastHash)
        {
            throw new InvalidDataException($"it says that the line before has the hash {entry.Previous}, and that has {LastHash}.");
        }

        LastHash = Convert.ToHexStringLower(SHA256.HashData(line));
        Lines++;
        return entry;
    }
}
