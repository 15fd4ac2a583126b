using BrokerQueues.Broker.Consuming;
using BrokerQueues.Broker.Settlement;
using FsCheck;
using FsCheck.Fluent;
using RabbitMQ.Client;

namespace BrokerQueues.Broker.Tests.Settlement;

public sealed class UnsettledDeliveriesTests
{
    private readonly UnsettledDeliveries _unsettled = new();

    [Fact]
    public void What_is_done_without_a_gap_is_acknowledged_as_one()
    {
        Delivery[] deliveries = Deliver(4);
        Acknowledge(deliveries[1], deliveries[0], deliveries[2]);

        Assert.Equal([new Acknowledgement(3, Multiple: true)], Take());
        Assert.Equal(1, _unsettled.Count);
    }

    [Fact]
    public void What_is_done_behind_a_slow_one_is_acknowledged_alone_and_at_once()
    {
        Delivery[] deliveries = Deliver(4);
        Acknowledge(deliveries[3], deliveries[1]);

        Assert.Equal([new Acknowledgement(4, Multiple: false), new Acknowledgement(2, Multiple: false)], Take());
        Acknowledge(deliveries[0]);
        Assert.Equal([new Acknowledgement(1, Multiple: false)], Take());
    }

    [Fact]
    public void A_nack_that_is_not_written_yet_is_not_passed_over()
    {
        Delivery[] deliveries = Deliver(3);
        Acknowledge(deliveries[0], deliveries[2]);

        Assert.Equal([new Acknowledgement(1, Multiple: false), new Acknowledgement(3, Multiple: false)], Take());
        _unsettled.Remove(deliveries[1]);
        Assert.Equal(0, _unsettled.Count);
    }

    /// <summary>
    /// Against a model of the broker's channel: it refuses a tag that is not outstanding, and takes 'multiple' for all
    /// outstanding up to the tag. Deliveries, settlements of every kind in any order, and sends are interleaved at random.
    /// </summary>
    [Fact]
    public void The_broker_forgets_exactly_what_is_acknowledged()
    {
        Gen<int[]> steps = Gen.Choose(0, 99).ArrayOf(400);
        Prop.ForAll(steps.ToArbitrary(), Run).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

        static bool Run(int[] steps)
        {
            var unsettled = new UnsettledDeliveries();
            var outstanding = new SortedSet<ulong>();
            var running = new List<Delivery>();
            var returning = new List<Delivery>();
            var acknowledged = new HashSet<ulong>();
            ulong tag = 0;
            foreach (int step in steps)
            {
                switch (step % 10)
                {
                    case 0 or 1 or 2:
                        running.Add(NewDelivery(++tag));
                        unsettled.Add(running[^1]);
                        outstanding.Add(tag);
                        break;
                    case 3 or 4 or 5 when running.Count > 0:
                        Delivery done = TakeAt(running, step);
                        unsettled.Acknowledge(done);
                        acknowledged.Add(done.Tag);
                        break;
                    case 6 when running.Count > 0:
                        // Claimed for a nack, which is not written yet.
                        returning.Add(TakeAt(running, step));
                        break;
                    case 7 when returning.Count > 0:
                        Delivery returned = TakeAt(returning, step);
                        outstanding.Remove(returned.Tag);
                        unsettled.Remove(returned);
                        break;
                    case 8 or 9:
                        Send(unsettled, outstanding, acknowledged);
                        break;
                }
            }

            Send(unsettled, outstanding, acknowledged);
            Assert.Equal(running.Concat(returning).Select(delivery => delivery.Tag).Order(), outstanding);
            Assert.Equal(outstanding.Count, unsettled.Count);
            Assert.Equal(0, unsettled.Unsent);
            return true;
        }
    }

    private static void Send(UnsettledDeliveries unsettled, SortedSet<ulong> outstanding, HashSet<ulong> acknowledged)
    {
        var acknowledgements = new List<Acknowledgement>();
        unsettled.TakeAcknowledgements(acknowledgements);
        foreach (Acknowledgement acknowledgement in acknowledgements)
        {
            Assert.Contains(acknowledgement.Tag, outstanding);
            ulong[] forgotten = acknowledgement.Multiple ? [.. outstanding.TakeWhile(tag => tag <= acknowledgement.Tag)] : [acknowledgement.Tag];
            Assert.All(forgotten, tag => Assert.Contains(tag, acknowledged));
            outstanding.ExceptWith(forgotten);
        }
    }

    private static Delivery TakeAt(List<Delivery> deliveries, int step)
    {
        int index = step / 10 % deliveries.Count;
        Delivery taken = deliveries[index];
        deliveries.RemoveAt(index);
        return taken;
    }

    private Delivery[] Deliver(int count)
    {
        Delivery[] deliveries = [.. Enumerable.Range(1, count).Select(tag => NewDelivery((ulong)tag))];
        Array.ForEach(deliveries, _unsettled.Add);
        return deliveries;
    }

    private void Acknowledge(params Delivery[] deliveries) => Array.ForEach(deliveries, _unsettled.Acknowledge);

    private List<Acknowledgement> Take()
    {
        var acknowledgements = new List<Acknowledgement>();
        _unsettled.TakeAcknowledgements(acknowledgements);
        return acknowledgements;
    }

    private static Delivery NewDelivery(ulong tag) => new(null!, tag, redelivered: false, new BasicProperties(), default);
}
