namespace BrokerQueues.Abstractions.Tests;

public sealed class AttributeTests
{
    [Fact]
    public void A_processor_is_hybrid_and_says_that_nobody_wrote_so()
    {
        var attribute = new TaskProcessorAttribute("orders", "Send");
        Assert.Equal(TransactionMode.Hybrid, attribute.TransactionMode);
        Assert.False(attribute.HasTransactionMode);
        Assert.Equal((3, 5, null), (attribute.MaxRetries, attribute.MaxRequeues, attribute.Timeout));
    }

    [Fact]
    public void A_processor_written_out_as_hybrid_says_so()
    {
        var attribute = new TaskProcessorAttribute("orders", "Send") { TransactionMode = TransactionMode.Hybrid };
        Assert.True(attribute.HasTransactionMode);
    }

    [Fact]
    public void A_queue_is_concurrent_keeps_its_order_and_lets_twenty_returns_pass()
    {
        var attribute = new TaskQueueAttribute();
        Assert.Equal(TaskQueueBehavior.Concurrent, attribute.Behavior);
        Assert.Equal((0, 0, 20), (attribute.MaxConcurrency, attribute.Prefetch, attribute.DeliveryLimit));
        Assert.Equal(RequeuePlacement.Head, attribute.RequeuePlacement);
        Assert.Equal(FailureBehavior.Continue, attribute.OnFailure);
    }

    [Fact]
    public void An_exception_rule_names_types_or_codes()
    {
        var types = new TaskExceptionBehaviorAttribute(TaskProcessingJobResult.Fatal, typeof(IOException), typeof(FormatException));
        Assert.Equal([typeof(IOException), typeof(FormatException)], types.ExceptionTypes);
        Assert.Empty(types.ErrorCodes);

        var codes = new TaskExceptionBehaviorAttribute(TaskProcessingJobResult.Requeue, "http:429", "http:503");
        Assert.Equal(["http:429", "http:503"], codes.ErrorCodes);
        Assert.Empty(codes.ExceptionTypes);
        Assert.Equal(TaskProcessingJobResult.Requeue, codes.Result);
    }
}
