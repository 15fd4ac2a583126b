using System.Text;
using BenchmarkDotNet.Attributes;
using BrokerQueues.Broker.Wire.Json;
using Newtonsoft.Json;

namespace BrokerQueues.Benchmarks.Micro;

/// <summary>A body of 1 KiB to its directive, beside what one would write without thinking of bytes.</summary>
[MemoryDiagnoser]
public class DirectiveReading
{
    private byte[] _body = [];

    /// <summary>
    /// Whether something in the body, here a comment, is not ordinary. Of those, one in 65 is tried as ordinary and pays for the
    /// exception that gives it up: what is measured is the mean of a publisher that always writes so.
    /// </summary>
    [Params(false, true)]
    public bool IsOdd { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        const string Comment = "/* */";
        OrderDirective order = OrderDirective.Typical();
        if (IsOdd)
        {
            order.Remark = order.Remark[Comment.Length..];
        }

        _body = DirectiveJson.Write(order);
        if (IsOdd)
        {
            _body = [_body[0], .. TypicalTask.Text(Comment), .. _body[1..]];
        }

        if (DirectiveJson.TryReadOrdinary(_body, typeof(OrderDirective), out _) == IsOdd)
        {
            throw new InvalidOperationException($"The body does not take the path that is to be measured: {Encoding.UTF8.GetString(_body)}");
        }
    }

    [Benchmark(Baseline = true)]
    public object? ByWayOfAString() => JsonConvert.DeserializeObject<OrderDirective>(Encoding.UTF8.GetString(_body));

    [Benchmark]
    public object? Read() => DirectiveJson.Read(_body, typeof(OrderDirective));
}
