// Reads the events of `jetstream:discord.events`, with @nats-io/jetstream and @nats-io/transport-node.
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const { NATS_URL = 'nats://127.0.0.1:4222', SUBJECT = 'discord.events.>', CONSUMER = 'bot' } = process.env;

const connection = await connect({ servers: NATS_URL.split(',') });
const manager = await jetstreamManager(connection);
const stream = await manager.streams.find(SUBJECT);
await manager.consumers.add(stream, {
  durable_name: CONSUMER,
  filter_subject: SUBJECT,
  ack_policy: AckPolicy.Explicit,
  max_ack_pending: 1, // one at a time: in order
});

const consumer = await jetstream(connection).consumers.get(stream, CONSUMER);
for await (const message of await consumer.consume()) {
  const { shardId, message: dispatch } = message.json();
  // The work goes here.
  console.log(shardId, dispatch.t, message.headers.get('Gatehouse-Event-Id'));
  message.ack();
}
