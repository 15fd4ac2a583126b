using BrokerQueues.Broker.Publishing;
using FsCheck;
using FsCheck.Fluent;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Publishing;

public sealed class ConfirmWindowTests
{
    private static PendingPublish Publish(string id, string exchange = "orders", string key = "orders") =>
        new(new OutboundMessage(exchange, key, Mandatory: true, new BasicProperties { MessageId = id }, default));

    private static List<string> Settle(ConfirmWindow window, ulong number, bool multiple)
    {
        var settled = new List<string>();
        window.Settle(number, multiple, publish => settled.Add(publish.Message.Properties.MessageId!));
        return settled;
    }

    private static List<string> Ids(IEnumerable<PendingPublish> publishes) => [.. publishes.Select(publish => publish.Message.Properties.MessageId!)];

    private static bool HasRoom(ConfirmWindow window, int allowed) => window.WaitForRoomAsync(allowed, CancellationToken.None).IsCompletedSuccessfully;

    [Fact]
    public void A_single_confirm_settles_one_and_only_once()
    {
        var window = new ConfirmWindow(4);
        window.Add(Publish("a"));
        window.Add(Publish("b"));
        Assert.Equal(["b"], Settle(window, 2, multiple: false));
        Assert.Equal([], Settle(window, 2, multiple: false));
        Assert.Equal(["a"], Ids(window.TakeUnconfirmed()));
    }

    [Fact]
    public void A_multiple_confirm_settles_all_up_to_it_in_order()
    {
        var window = new ConfirmWindow(4);
        foreach (string id in new[] { "a", "b", "c", "d" })
        {
            window.Add(Publish(id));
        }

        Assert.Equal(["b"], Settle(window, 2, multiple: false));
        Assert.Equal(["a", "c"], Settle(window, 3, multiple: true));
        Assert.Equal(["d"], Ids(window.TakeUnconfirmed()));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(ulong.MaxValue, true)]
    public void A_confirm_of_a_number_never_published_settles_nothing(ulong number, bool multiple)
    {
        var window = new ConfirmWindow(4);
        window.Add(Publish("a"));
        Assert.Equal([], Settle(window, number, multiple));
        Assert.Equal(["a"], Ids(window.TakeUnconfirmed()));
    }

    [Fact]
    public void A_late_confirm_after_the_channel_was_lost_settles_nothing()
    {
        var window = new ConfirmWindow(4);
        window.Add(Publish("a"));
        window.TakeUnconfirmed();
        Assert.Equal([], Settle(window, 1, multiple: false));
        Assert.Equal([], window.TakeUnconfirmed());
    }

    [Fact]
    public void The_ring_goes_round()
    {
        var window = new ConfirmWindow(3);
        for (ulong number = 1; number <= 20; number++)
        {
            Assert.True(HasRoom(window, 3));
            window.Add(Publish($"p{number}"));
            Assert.Equal([$"p{number}"], Settle(window, number, multiple: false));
        }
    }

    [Fact]
    public void An_old_unconfirmed_publish_holds_its_slot_while_later_ones_are_confirmed()
    {
        var window = new ConfirmWindow(3);
        foreach (string id in new[] { "a", "b", "c" })
        {
            window.Add(Publish(id));
        }

        Settle(window, 2, multiple: false);
        Settle(window, 3, multiple: false);
        Assert.False(HasRoom(window, 3));
        Settle(window, 1, multiple: false);
        Assert.True(HasRoom(window, 3));
        Assert.True(HasRoom(window, 1));
    }

    [Fact]
    public async Task A_writer_waits_until_there_is_room()
    {
        var window = new ConfirmWindow(2);
        window.Add(Publish("a"));
        window.Add(Publish("b"));
        Task room = window.WaitForRoomAsync(2, CancellationToken.None);
        Assert.False(room.IsCompleted);
        Settle(window, 1, multiple: false);
        await room.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_writer_that_may_have_only_one_outstanding_waits_for_all()
    {
        var window = new ConfirmWindow(5);
        window.Add(Publish("a"));
        window.Add(Publish("b"));
        Task room = window.WaitForRoomAsync(1, CancellationToken.None);
        Settle(window, 1, multiple: false);
        // Whoever asks now has to wait as well.
        Task also = window.WaitForRoomAsync(1, CancellationToken.None);
        Assert.False(also.IsCompleted);
        Assert.False(room.IsCompleted);
        Settle(window, 2, multiple: false);
        await room.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_lost_channel_lets_the_writer_go()
    {
        var window = new ConfirmWindow(1);
        window.Add(Publish("a"));
        Task room = window.WaitForRoomAsync(1, CancellationToken.None);
        window.TakeUnconfirmed();
        await room.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_writer_gives_up_when_told_to()
    {
        var window = new ConfirmWindow(1);
        window.Add(Publish("a"));
        using var stopping = new CancellationTokenSource();
        Task room = window.WaitForRoomAsync(1, stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => room);
    }

    [Fact]
    public void A_return_marks_the_first_unmarked_publish_of_that_id_exchange_and_key()
    {
        var window = new ConfirmWindow(8);
        PendingPublish[] publishes = [Publish("a", key: "other"), Publish("a", exchange: "other"), Publish("a"), Publish("a"), Publish("b")];
        Array.ForEach(publishes, window.Add);

        window.MarkReturned("a", "orders", "orders");
        Assert.Equal([false, false, true, false, false], publishes.Select(publish => publish.Returned));
        window.MarkReturned("a", "orders", "orders");
        Assert.Equal([false, false, true, true, false], publishes.Select(publish => publish.Returned));
        window.MarkReturned("unknown", "orders", "orders");
        window.MarkReturned(null, "orders", "orders");
        Assert.Equal(2, publishes.Count(publish => publish.Returned));
    }

    [Fact]
    public void A_return_does_not_mark_what_is_confirmed()
    {
        var window = new ConfirmWindow(8);
        PendingPublish confirmed = Publish("a");
        window.Add(confirmed);
        Settle(window, 1, multiple: false);
        window.MarkReturned("a", "orders", "orders");
        Assert.False(confirmed.Returned);
    }

    [Fact]
    public void What_is_sent_again_is_no_longer_marked_as_returned()
    {
        var window = new ConfirmWindow(8);
        window.Add(Publish("a"));
        window.MarkReturned("a", "orders", "orders");
        Assert.False(Assert.Single(window.TakeUnconfirmed()).Returned);
    }

    private enum Step
    {
        Add,
        Confirm,
        ConfirmMultiple,
        ChannelLost,
    }

    /// <summary>The window against a dictionary: no publish lost, none settled twice, and room exactly when the ring has it.</summary>
    [Fact]
    public void Any_sequence_of_publishes_and_confirms_agrees_with_a_simple_model()
    {
        Gen<(Step Step, int Number)[]> steps = Gen.Zip(
            Gen.Frequency((12, Gen.Constant(Step.Add)), (6, Gen.Constant(Step.Confirm)), (2, Gen.Constant(Step.ConfirmMultiple)), (1, Gen.Constant(Step.ChannelLost))),
            Gen.Choose(-2, 12)).ArrayOf(120);

        Prop.ForAll(Gen.Choose(1, 9).ToArbitrary(), steps.ToArbitrary(), (capacity, sequence) =>
        {
            var window = new ConfirmWindow(capacity);
            var outstanding = new SortedDictionary<ulong, string>();
            var ended = new HashSet<string>(StringComparer.Ordinal);
            ulong next = 1;
            foreach ((Step step, int number) in sequence)
            {
                ulong lowest = outstanding.Count == 0 ? next : outstanding.Keys.First();
                bool room = next - lowest < (ulong)capacity;
                Assert.Equal(room, HasRoom(window, capacity));
                Assert.Equal(room, HasRoom(window, capacity + 5));
                Assert.Equal(outstanding.Count == 0, HasRoom(window, 1));

                // Around what is outstanding: numbers long settled, and numbers not published yet.
                ulong target = (ulong)Math.Max(0, (long)lowest + number);
                List<string> expected;
                List<string> actual;
                switch (step)
                {
                    case Step.Add when room:
                        window.Add(Publish($"p{next}"));
                        outstanding.Add(next, $"p{next}");
                        next++;
                        continue;
                    case Step.Confirm:
                        expected = outstanding.TryGetValue(target, out string? one) ? [one] : [];
                        actual = Settle(window, target, multiple: false);
                        break;
                    case Step.ConfirmMultiple:
                        expected = target >= next ? [] : [.. outstanding.TakeWhile(entry => entry.Key <= target).Select(entry => entry.Value)];
                        actual = Settle(window, target, multiple: true);
                        break;
                    case Step.ChannelLost:
                        expected = [.. outstanding.Values];
                        actual = Ids(window.TakeUnconfirmed());
                        break;
                    default:
                        continue;
                }

                Assert.Equal(expected, actual);
                Assert.All(actual, id => Assert.True(ended.Add(id), $"{id} ended twice"));
                foreach (ulong key in outstanding.Where(entry => expected.Contains(entry.Value, StringComparer.Ordinal)).Select(entry => entry.Key).ToList())
                {
                    outstanding.Remove(key);
                }
            }

            Assert.Equal(outstanding.Values, Ids(window.TakeUnconfirmed()));
        }).QuickCheckThrowOnFailure();
    }
}
