"""Latency at a steady rate, from the socket to the handler, and what a slow handler leaves behind.

The simulator notes when it hands an event to its socket, and its handler when it has it: one
process, one clock. wss and zstd-stream, 8 shards.
"""

import time
from contextlib import nullcontext

from .abuse import bad_company
from .group import Bench, BenchFailure, Case, Column, Goal, Group, Run
from .setup import Subject, simulator_and_daemon
from .programs import wait_until

SHARDS = 8
GUILDS = 400
START_SECONDS = 60
SLOW_HANDLER = {"max_in_flight": 256}  # 5,000 events/s of 20 ms each are 100 at once


def at_rate(rate: int, handler_delay_ms: int = 0, handlers: dict | None = None,
            meanwhile=lambda daemon: nullcontext()):
    def measure(bench: Bench) -> Run:
        subject = Subject(compression="zstd-stream", tls=True, shards=SHARDS,
                          handlers=handlers or {})
        arguments = [
            "--guilds", str(GUILDS), "--guild-bytes", "1024", "--rate", str(rate), "--latency",
            "--handler-delay-ms", str(handler_delay_ms),
        ]
        with simulator_and_daemon(bench, subject, arguments) as (simulator, daemon):
            both = (simulator, daemon)
            wait_until(lambda: simulator.seen()[0] == SHARDS, START_SECONDS, "the shards", both)
            cpu, handled = daemon.cpu_seconds(), simulator.handled()
            with meanwhile(daemon):
                time.sleep(bench.scale.load_seconds)
            sent, now_handled = simulator.seen()[1], simulator.handled()
            cpu = daemon.cpu_seconds() - cpu
            simulator.end()
            report = simulator.report()
        handler = report["handler"]
        for fault in ("duplicates", "out_of_order", "gaps", "altered", "unknown"):
            if handler[fault] != 0:
                raise BenchFailure(f"delivery went wrong: {fault} {handler[fault]}")
        found = report["latency_ms"]
        figures = {
            "p50": found["p50"],
            "p99": found["p99"],
            "max": found["max"],
            "backlog": max(0, sent - now_handled),
            "events_per_second": (now_handled - handled) / bench.scale.load_seconds,
            "cpu_us": 1e6 * cpu / max(1, now_handled - handled),
        }
        return Run(figures)

    return measure


def unpinned(measure):
    """As it is deployed: the system decides which core does what."""
    return lambda bench: measure(bench.unpinned())


GROUP = Group(
    name="latency",
    title="Latency in ms from the socket to the handler: 8 shards, wss, zstd\n"
    "(backlog: events sent and not handled at the end, those under way included)",
    columns=[
        Column("p50", "p50", 3, more_is_better=False),
        Column("p99", "p99", 3, more_is_better=False),
        Column("max", "max", 1),
        Column("backlog", "backlog"),
        Column("events_per_second", "events/s"),
        Column("cpu_us", "CPU us/event", 1, more_is_better=False),
    ],
    cases=[
        Case("rate-1000", at_rate(1_000), (Goal("p50", 0.15), Goal("p99", 1))),
        Case("rate-1000-unpinned", unpinned(at_rate(1_000)), (Goal("p50", 0.15), Goal("p99", 1))),
        # The admin port has a thread of its own, but here the same core as the worker.
        Case("rate-1000-abused", at_rate(1_000, meanwhile=bad_company)),
        Case("rate-20000", at_rate(20_000), (Goal("p99", 5),)),
        Case("slow-handler", at_rate(5_000, 20, SLOW_HANDLER), (Goal("backlog", 500),)),
    ],
    compared="p50",
    rounds=1,
)
