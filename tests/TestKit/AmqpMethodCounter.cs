using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace BrokerQueues.TestKit;

/// <summary>Counts the AMQP methods in what a client sends, to see what a program asks of the broker and what it leaves be.</summary>
public sealed class AmqpMethodCounter
{
    private readonly ConcurrentDictionary<(ushort Class, ushort Method), int> _counts = new();

    public int ExchangeDeclares => Count(40, 10);

    public int ExchangeBinds => Count(40, 30);

    public int QueueDeclares => Count(50, 10);

    public int QueueBinds => Count(50, 20);

    public int Consumes => Count(60, 20);

    private int Count(ushort classId, ushort methodId) => _counts.GetValueOrDefault((classId, methodId));

    /// <summary>Reads what one connection sends, piece by piece.</summary>
    internal sealed class Reader(AmqpMethodCounter counter)
    {
        private const int ProtocolHeader = 8;
        private const int FrameHeader = 7;

        private readonly List<byte> _pending = [];
        private bool _opened;

        public void Read(ReadOnlySpan<byte> bytes)
        {
            _pending.AddRange(bytes);
            int read = 0;
            if (!_opened)
            {
                if (_pending.Count < ProtocolHeader)
                {
                    return;
                }

                _opened = true;
                read = ProtocolHeader;
            }

            Span<byte> all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending);
            while (all.Length - read >= FrameHeader)
            {
                int length = FrameHeader + (int)BinaryPrimitives.ReadUInt32BigEndian(all[(read + 3)..]) + 1;
                if (all.Length - read < length)
                {
                    break;
                }

                if (all[read] == 1)
                {
                    var method = (BinaryPrimitives.ReadUInt16BigEndian(all[(read + FrameHeader)..]), BinaryPrimitives.ReadUInt16BigEndian(all[(read + FrameHeader + 2)..]));
                    counter._counts.AddOrUpdate(method, 1, static (_, count) => count + 1);
                }

                read += length;
            }

            _pending.RemoveRange(0, read);
        }
    }
}
