namespace BrokerQueues.Samples.DocumentVault.Importing;

/// <summary>What a document is.</summary>
internal enum DocumentKind
{
    Empty,
    Text,
    Markdown,
    Html,
    ManualPage,
    Image,
    Binary,
}

/// <summary>What was read out of a document.</summary>
/// <param name="Kind">What it is, once unpacked.</param>
/// <param name="Words">How many words its text has; 0 for what is no text.</param>
/// <param name="Title">Its first heading, or else its first line; null for what is no text.</param>
internal sealed record DocumentFacts(DocumentKind Kind, long Words, string? Title);
