"""Reads the events that Gatehouse publishes to `jetstream:discord.events`, with nats-py."""
import asyncio
import json
import os

import nats


async def main():
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    events = await connection.jetstream().pull_subscribe("discord.events.>", durable="bot")
    while True:
        try:
            messages = await events.fetch(1, timeout=5)
        except nats.errors.TimeoutError:
            continue
        for message in messages:
            event = json.loads(message.data)
            name = event["message"]["t"]
            print(event["shardId"], name, message.headers["Gatehouse-Event-Id"], flush=True)
            await message.ack()


asyncio.run(main())
