using System.Runtime.InteropServices;
using System.Text;

namespace BrokerQueues.Broker.Wire.Json;

/// <summary>The names of members seen lately, so that one met again is no new string.</summary>
internal sealed class Utf8NameTable
{
    private const int Entries = 256;
    private const int MaxNameBytes = 64;

    private readonly Entry[] _entries = new Entry[Entries];

    /// <summary>The name as text.</summary>
    /// <param name="name">Valid UTF-8.</param>
    public string Get(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxNameBytes)
        {
            return Encoding.UTF8.GetString(name);
        }

        // Each name has two places. A new one displaces the older of the two: a sender can neither make the table grow nor
        // fill it for good.
        int place = (int)(Hash(name) & (Entries - 2));
        ref Entry newer = ref _entries[place];
        if (name.SequenceEqual(newer.Utf8))
        {
            return newer.Text;
        }

        ref Entry older = ref _entries[place + 1];
        if (name.SequenceEqual(older.Utf8))
        {
            return older.Text;
        }

        older = newer;
        newer = new Entry(name.ToArray(), Encoding.UTF8.GetString(name));
        return newer.Text;
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        const ulong Prime = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)name.Length;
        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(name)) * Prime;
            hash ^= hash >> 32;
        }

        foreach (byte letter in name)
        {
            hash = (hash ^ letter) * Prime;
        }

        return (uint)(hash >> 32);
    }

    private readonly record struct Entry(byte[] Utf8, string Text);
}
