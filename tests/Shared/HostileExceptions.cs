using System.Collections;

namespace BrokerQueues.Tests;

/// <summary>Exceptions whose authors' code throws when somebody reads them.</summary>
internal static class HostileExceptions
{
    public static TheoryData<Exception> All =>
    [
        new NoMessage(), new NullMessage(), new NoText(), new NoStack(), new NoData(), new Nothing(),
        new AggregateException(new Nothing()),
        new InvalidOperationException("around", new Nothing()),
        new System.Reflection.TargetInvocationException(new Nothing()),
    ];

    internal class NoMessage : Exception
    {
        public override string Message => throw new InvalidOperationException("from Message");
    }

    internal sealed class NullMessage : Exception
    {
        public override string Message => null!;
    }

    internal sealed class NoText : Exception
    {
        public override string ToString() => throw new InvalidOperationException("from ToString");
    }

    internal sealed class NoStack : Exception
    {
        public override string? StackTrace => throw new InvalidOperationException("from StackTrace");
    }

    internal sealed class NoData : Exception
    {
        public override IDictionary Data => throw new InvalidOperationException("from Data");

        public override string? Source => throw new InvalidOperationException("from Source");
    }

    internal sealed class Nothing : NoMessage
    {
        public override string? StackTrace => throw new InvalidOperationException("from StackTrace");

        public override string? Source => throw new InvalidOperationException("from Source");

        public override string? HelpLink => throw new InvalidOperationException("from HelpLink");

        public override IDictionary Data => throw new InvalidOperationException("from Data");

        public override Exception GetBaseException() => throw new InvalidOperationException("from GetBaseException");

        public override string ToString() => throw new InvalidOperationException("from ToString");

        public override bool Equals(object? obj) => throw new InvalidOperationException("from Equals");

        public override int GetHashCode() => throw new InvalidOperationException("from GetHashCode");
    }
}
