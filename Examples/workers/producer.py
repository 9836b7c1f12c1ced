"""Publishes the numbers 1, 2, 3 … as orders until SIGTERM, and then says how many the broker has."""
import asyncio, os, signal

import nats


async def main():
    ends = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ends.set)
    broker = await nats.connect(os.environ["BROKER"])
    stream = broker.jetstream()
    await stream.add_stream(name="ORDERS", subjects=["orders"])
    await stream.add_consumer("ORDERS", durable_name="worker", ack_policy="explicit", ack_wait=5, max_ack_pending=100)
    print("ready", flush=True)
    number = 0
    while not ends.is_set():
        number += 1
        await stream.publish("orders", str(number).encode())
        await asyncio.sleep(0.02)
    print("published", number, flush=True)
    await broker.close()


asyncio.run(main())
