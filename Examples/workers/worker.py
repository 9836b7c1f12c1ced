"""Consumes numbered orders while it is active. Version 2.0.0 fails every third."""
import asyncio, json, os, signal, time

import nats
from nats.errors import TimeoutError as NothingThere

import elevation

INSTANCE, VERSION = os.environ["SLUICE_INSTANCE"], os.environ["SLUICE_VERSION"]
POLL = 0.2
record = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def note(what, number=None):
    """A line of the record that all workers share. The clock is the machine's, and the same for all."""
    line = {"at": time.monotonic_ns(), "instance": INSTANCE, "version": VERSION, "what": what, "number": number}
    os.write(record, (json.dumps(line) + "\n").encode())


class Worker:
    def __init__(self):
        self.active, self.follows = False, None
        self.takes, self.held = False, 0  # what it does, which is not what it is told
        self.ends = asyncio.Event()

    async def follow(self):
        was_paused = False
        while True:
            doing = "consuming" if self.active else "draining" if self.takes else "paused"
            told = await asyncio.to_thread(elevation.poll, doing, self.held, self.follows)
            if told:
                if doing == "paused" and not was_paused:
                    note("paused")  # from here on whoever asked may believe that it takes nothing
                was_paused = doing == "paused"
                if told[0] and not self.active:
                    note("active")
                    was_paused = False
                self.active, self.follows = told
            await asyncio.sleep(POLL)

    async def consume(self):
        broker = await nats.connect(os.environ["BROKER"], max_reconnect_attempts=-1)
        orders = await broker.jetstream().pull_subscribe("orders", durable="worker", stream="ORDERS")
        while not self.ends.is_set():
            self.takes = self.active
            if not self.takes:
                await asyncio.sleep(0.02)
                continue
            try:
                messages = await orders.fetch(1, timeout=0.5)
            except NothingThere:
                continue
            for message in messages:
                self.held = 1
                await self.process(message)
                self.held = 0
        await broker.close()

    async def process(self, message):
        number = int(message.data)
        await asyncio.sleep(0.02)
        if VERSION == "2.0.0" and number % 3 == 0:
            note("failed", number)
            await message.nak(delay=0.1)
        else:
            note("processed", number)
            await message.ack()


async def main():
    worker = Worker()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.ends.set)
    following = asyncio.create_task(worker.follow())
    await worker.consume()
    following.cancel()


asyncio.run(main())
