"""Reads the events of `jetstream:discord.events`, with nats-py."""
import asyncio
import json
import os

import nats
from nats.js.api import ConsumerConfig


async def main():
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222").split(","))
    events = await connection.jetstream().pull_subscribe(
        os.environ.get("SUBJECT", "discord.events.>"),
        durable=os.environ.get("CONSUMER", "bot"),
        config=ConsumerConfig(max_ack_pending=1),  # one at a time: in order
    )
    while True:
        try:
            messages = await events.fetch(1, timeout=5)
        except nats.errors.TimeoutError:
            continue
        for message in messages:
            event = json.loads(message.data)
            # The work goes here.
            print(event["shardId"], event["message"]["t"], message.headers["Gatehouse-Event-Id"], flush=True)
            await message.ack()


asyncio.run(main())
