using System.Security.Cryptography;
using System.Text;
using BrokerQueues.Samples.DocumentVault.Recording;

namespace BrokerQueues.Samples.DocumentVault.Cataloguing;

/// <summary>A document of the catalogue: one content, under however many paths it was found.</summary>
internal sealed record CatalogueDocument(string Sha256, string? Title, long Words, int Copies);

/// <summary>All documents of the vault, in memory; made from the ledger, and kept up with it.</summary>
internal sealed class Catalogue(VaultFolder vault)
{
    private readonly LedgerReader _reader = new(vault);
    private readonly Dictionary<string, CatalogueDocument> _documents = new(StringComparer.Ordinal);
    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];

    public int Lines => _reader.Lines;

    public int Documents => _documents.Count;

    public long Words { get; private set; }

    /// <summary>
    /// Equal for equal catalogues. The exclusive or of the hashes of the documents: it does not depend on their order, and a
    /// document that changes costs two hashes, not one of them all.
    /// </summary>
    public string Digest => Convert.ToHexStringLower(_digest);

    /// <summary>Reads on in the ledger; the entries it has read.</summary>
    public IReadOnlyList<LedgerEntry> Refresh()
    {
        IReadOnlyList<LedgerEntry> entries = _reader.ReadNew();
        foreach (LedgerEntry entry in entries)
        {
            CatalogueDocument? known = _documents.GetValueOrDefault(entry.Sha256);
            var document = new CatalogueDocument(entry.Sha256, known?.Title ?? entry.Title, entry.Words, (known?.Copies ?? 0) + 1);
            _documents[entry.Sha256] = document;
            Words += entry.Words;
            Toggle(known);
            Toggle(document);
        }

        return entries;
    }

    private void Toggle(CatalogueDocument? document)
    {
        if (document is not null)
        {
            byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{document.Sha256} {document.Copies} {document.Words} {document.Title}"));
            for (int i = 0; i < hash.Length; i++)
            {
                _digest[i] ^= hash[i];
            }
        }
    }
}
