using System.Reflection;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Consuming;

/// <summary>A connection with one channel of which a test says what each method does; what it does not name succeeds and does nothing.</summary>
internal sealed class ScriptedClient
{
    public ScriptedClient()
    {
        Channel = Fake<IChannel>();
        Connection = Fake<IConnection>();
        On("get_IsOpen", _ => true);
        On(nameof(IConnection.CreateChannelAsync), _ => Task.FromResult(Channel));
        On(nameof(IChannel.BasicConsumeAsync), _ => Task.FromResult("consumer"));
    }

    public IChannel Channel { get; }

    public IConnection Connection { get; }

    private Dictionary<string, Func<object?[], object?>> Script { get; } = [];

    public void On(string method, Func<object?[], object?> does) => Script[method] = does;

    private T Fake<T>()
        where T : class
    {
        T fake = DispatchProxy.Create<T, Proxy>();
        ((Proxy)(object)fake).Client = this;
        return fake;
    }

#pragma warning disable CA1852 // DispatchProxy derives from it.
    internal class Proxy : DispatchProxy
#pragma warning restore CA1852
    {
        public ScriptedClient Client { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            Client.Script.TryGetValue(targetMethod!.Name, out Func<object?[], object?>? does) ? does(args!)
            : targetMethod.ReturnType == typeof(Task) ? Task.CompletedTask
            : targetMethod.ReturnType == typeof(ValueTask) ? default(ValueTask)
            : null;
    }
}
