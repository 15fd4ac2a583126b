using System.Runtime.InteropServices;
using System.Text;
using Newtonsoft.Json;

namespace BrokerQueues.Samples.Conformance;

/// <summary>
/// A file of JSON lines that several processes append to. FileStream writes at offsets of its own, so two processes would
/// overwrite each other: only O_APPEND with one write a line keeps lines whole.
/// </summary>
internal sealed partial class Journal(string path, string node)
{
    private readonly SafeHandle _file = Open(path);

    public void Append(string @event, ITaskProcessingJob job, long seq, int attempt, string? result = null)
    {
        string line = JsonConvert.SerializeObject(
            new
            {
                @event,
                taskId = job.TaskId.Value,
                seq,
                attempt,
                node,
                queue = job.QueueId,
                atUnixMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                result,
            },
            new JsonSerializerSettings { NullValueHandling = NullValueHandling.Ignore });
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        if (NativeMethods.write(_file, bytes, (nuint)bytes.Length) != bytes.Length)
        {
            throw new IOException($"Could not append to the journal {path}: errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    private static Descriptor Open(string path)
    {
        const int WriteOnly = 1, Create = 0x40, AppendOnly = 0x400, UserReadWriteOthersRead = 0x1A4;
        int descriptor = NativeMethods.open(path, WriteOnly | Create | AppendOnly, UserReadWriteOthersRead);
        return descriptor >= 0
            ? new Descriptor(descriptor)
            : throw new IOException($"Could not open the journal {path}: errno {Marshal.GetLastPInvokeError()}. Give --journal a file in a folder that can be written to.");
    }

    private sealed class Descriptor : SafeHandle
    {
        public Descriptor(int descriptor)
            : base(-1, ownsHandle: true) => SetHandle(descriptor);

        public override bool IsInvalid => handle < 0;

        protected override bool ReleaseHandle() => NativeMethods.close((int)handle) == 0;
    }

#pragma warning disable IDE1006, SA1300, CA5392 // Named as libc names them; libc is always the system's.
    private static class NativeMethods
    {
        [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

        [DllImport("libc", SetLastError = true)]
        public static extern nint write(SafeHandle file, byte[] bytes, nuint count);

        [DllImport("libc", SetLastError = true)]
        public static extern int close(int file);
    }
#pragma warning restore IDE1006, SA1300, CA5392
}
