"""Handlers that are slow but work: with a backlog in front of them, and for a long time.

`slow-handler-backlog`: Discord sends more than the handler takes, so that events wait for longer
than `queue.spool_after_ms` and the disk gets to see them. `slow-handler-150ms`: what a handler at
nine tenths of what it can do gets must stay the same for as long as it lasts.
"""

import time

from .group import Bench, BenchFailure, Case, Column, Goal, Group, Run
from .large import SECURE_ZSTD, handled_at_a_status_line
from .programs import wait_until
from .setup import Subject, simulator_and_daemon

SHARDS = 8
GUILDS = 400
START_SECONDS = 60
SETTLING_SECONDS = 4  # then more than a second of events waits
DISK_THREAD = "spool"


def arguments_for(rate: int, delay_ms: int) -> list[str]:
    return [
        "--guilds", str(GUILDS), "--guild-bytes", "1024", "--rate", str(rate), "--handler-delay-ms",
        str(delay_ms), "--no-verify", "--replay-events", "1",
    ]


def backlog(rate: int, delay_ms: int):
    def measure(bench: Bench) -> Run:
        subject = Subject(shards=SHARDS, **SECURE_ZSTD)
        with simulator_and_daemon(bench, subject, arguments_for(rate, delay_ms)) as programs:
            simulator, daemon = programs
            wait_until(lambda: simulator.seen()[0] == SHARDS, START_SECONDS, "shards", programs)
            time.sleep(SETTLING_SECONDS)
            before, cpu_before = handled_at_a_status_line(simulator, daemon)
            disk_before = daemon.thread_cpu_seconds(DISK_THREAD)
            began = time.monotonic()
            time.sleep(bench.scale.load_seconds)
            after, cpu = handled_at_a_status_line(simulator, daemon)
            seconds = time.monotonic() - began
            disk = daemon.thread_cpu_seconds(DISK_THREAD) - disk_before
            waiting = simulator.seen()[1] - after
        handled = after - before
        if waiting < handled / seconds:
            raise BenchFailure(f"only {waiting} events wait: the handler was not slow enough")
        figures = {
            "events_per_second": handled / seconds,
            "cpu_us": 1e6 * (cpu - cpu_before) / handled,
            "spool_us": 1e6 * disk / handled,
        }
        return Run(figures)

    return measure


def steady(rate: int, delay_ms: int, rounds: int = 4):
    def measure(bench: Bench) -> Run:
        subject = Subject(shards=SHARDS, **SECURE_ZSTD)
        with simulator_and_daemon(bench, subject, arguments_for(rate, delay_ms)) as programs:
            simulator, daemon = programs
            wait_until(lambda: simulator.seen()[0] == SHARDS, START_SECONDS, "shards", programs)
            known = [(*handled_at_a_status_line(simulator, daemon), time.monotonic())]
            for _ in range(rounds):
                time.sleep(bench.scale.load_seconds)
                known.append((*handled_at_a_status_line(simulator, daemon), time.monotonic()))
        rates = [
            (later[0] - earlier[0]) / (later[2] - earlier[2])
            for earlier, later in zip(known, known[1:], strict=False)
        ]
        cpu_us = 1e6 * (known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0])
        figures = {"events_per_second": rates[-1], "cpu_us": cpu_us, "kept": rates[-1] / rates[0]}
        return Run(figures)

    return measure


GROUP = Group(
    name="slow-handlers",
    title="Slow handlers: 8 shards, wss, zstd\n"
    "(spool: CPU of the disk's thread; kept: the last quarter's rate as a share of the first's)",
    columns=[
        Column("events_per_second", "events/s", more_is_better=True),
        Column("cpu_us", "CPU us/event", 1, more_is_better=False),
        Column("spool_us", "of it spool", 1, more_is_better=False),
        Column("kept", "kept", 2, more_is_better=True),
    ],
    cases=[
        Case("slow-handler-backlog", backlog(20_000, 4)),
        # 64 under way (handlers.max_in_flight) are 426 a second at most.
        Case("slow-handler-150ms", steady(380, 150), (Goal("kept", 0.95, at_least=True),)),
    ],
    compared="cpu_us",
    rounds=1,
)
