"""Publishes tasks to a BrokerQueues task queue from Python, with pika.

usage: publish.py AMQP_URI QUEUE_ID TASK_TYPE COUNT [PREFIX]

All there is to it (docs/wire-contract.md): publish to the exchange named like the queue, with the queue's name as
routing key; persistent, mandatory, with publisher confirms; `type` is the task type, `message_id` the task id.
"""
import json
import sys
import time
import uuid

import pika
import pika.exceptions


def main() -> int:
    if len(sys.argv) < 5:
        print(__doc__, file=sys.stderr)
        return 2
    uri, queue_id, task_type, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    queue_name = (sys.argv[5] if len(sys.argv) > 5 else "") + queue_id

    connection = pika.BlockingConnection(pika.URLParameters(uri))
    channel = connection.channel()
    channel.confirm_delivery()  # basic_publish then returns when the broker keeps the message, and raises when it does not

    for number in range(count):
        task_id = str(uuid.uuid4())
        properties = pika.BasicProperties(
            type=task_type,
            message_id=task_id,
            content_type="application/json",
            delivery_mode=2,  # persistent
            timestamp=int(time.time()),
            app_id="publish.py",
            headers={"bq-display-name": f"Task {number} from Python"},
        )
        body = json.dumps({"number": number, "text": "terveisiä Pythonista"}, ensure_ascii=False).encode("utf-8")
        try:
            channel.basic_publish(queue_name, queue_name, body, properties, mandatory=True)
        except pika.exceptions.UnroutableError:
            print(f"publish.py: the broker has the exchange, but no queue '{queue_name}'", file=sys.stderr)
            return 1
        except pika.exceptions.ChannelClosedByBroker as closed:
            print(f"publish.py: {closed.reply_text}; start a worker that declares the queue once", file=sys.stderr)
            return 1
        print(task_id)

    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
