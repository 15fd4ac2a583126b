// Publishes tasks to a BrokerQueues task queue from Node.js, with amqplib.
//
// usage: node publish.mjs AMQP_URI QUEUE_ID TASK_TYPE COUNT [PREFIX]
//
// All there is to it (docs/wire-contract.md): publish to the exchange named like the queue, with the queue's name as
// routing key; persistent, mandatory, with publisher confirms; `type` is the task type, `messageId` the task id.
import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';

const [uri, queueId, taskType, count, prefix = ''] = process.argv.slice(2);
if (!count) {
  console.error('usage: node publish.mjs AMQP_URI QUEUE_ID TASK_TYPE COUNT [PREFIX]');
  process.exit(2);
}

const queueName = prefix + queueId;
const connection = await amqp.connect(uri);
const channel = await connection.createConfirmChannel();

// An exchange that does not exist closes the channel; a queue that does not exist returns the message before its confirm.
const returned = new Set();
channel.on('error', (error) => {
  console.error(`publish.mjs: ${error.message}; start a worker that declares the queue once`);
  process.exit(1);
});
channel.on('return', (message) => returned.add(message.properties.messageId));

function publish(number) {
  const messageId = randomUUID();
  const body = Buffer.from(JSON.stringify({ number, text: 'terveisiä Nodesta' }), 'utf8');
  const options = {
    type: taskType,
    messageId,
    contentType: 'application/json',
    persistent: true,
    mandatory: true,
    timestamp: Math.floor(Date.now() / 1000),
    appId: 'publish.mjs',
    headers: { 'bq-display-name': `Task ${number} from Node.js` },
  };
  return new Promise((resolve, reject) => {
    channel.publish(queueName, queueName, body, options, (error) => {
      if (error || returned.has(messageId)) {
        reject(error ?? new Error(`the broker has the exchange, but no queue '${queueName}'`));
      } else {
        resolve(messageId);
      }
    });
  });
}

try {
  for (let number = 0; number < Number(count); number++) {
    console.log(await publish(number));
  }
  await connection.close();
} catch (error) {
  console.error(`publish.mjs: ${error.message}`);
  process.exitCode = 1;
  await connection.close().catch(() => {});
}
