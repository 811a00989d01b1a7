"""Large events, and what a program that only posts bodies of their size costs.

GUILD_CREATEs at a steady rate, so that no backlog gathers and each costs what it costs alone.
"""

import time

from .group import Bench, Case, Column, Goal, Group, Run
from .programs import Program, wait_until
from .setup import Simulator, Subject, simulator_and_daemon
from .throughput import post_with_wrk

SHARDS = 8
BYTES_PER_SECOND = 100_000_000
START_SECONDS = 60
SECURE_ZSTD = {"tls": True, "compression": "zstd-stream"}


def handled_at_a_status_line(simulator: Simulator, daemon: Program) -> tuple[int, float]:
    """Waits for the next status line: a count that is as old as the CPU time beside it."""
    known = simulator.handled()
    wait_until(lambda: simulator.handled() != known, 10, "an event", (simulator, daemon))
    return simulator.handled(), daemon.cpu_seconds()


def large(event_bytes: int, **gateway):
    def measure(bench: Bench) -> Run:
        # Raw: none of the guilds is new, and each is to go out.
        subject = Subject(shards=SHARDS, events={"guild_create": "raw"}, **gateway)
        arguments = [
            "--guilds", str(SHARDS), "--guild-bytes", str(event_bytes), "--event", "GUILD_CREATE",
            "--rate", str(BYTES_PER_SECOND // event_bytes), "--replay-events", "1", "--no-verify",
        ]
        with simulator_and_daemon(bench, subject, arguments) as (simulator, daemon):
            both = (simulator, daemon)
            wait_until(lambda: simulator.seen()[0] == SHARDS, START_SECONDS, "the shards", both)
            before, cpu_before = handled_at_a_status_line(simulator, daemon)
            time.sleep(bench.scale.load_seconds)
            after, cpu = handled_at_a_status_line(simulator, daemon)
        return Run({"cpu_us": 1e6 * (cpu - cpu_before) / (after - before)})

    return measure


def wrk(event_bytes: int):
    def measure(bench: Bench) -> Run:
        requests, cpu, _ = post_with_wrk(bench, event_bytes)
        return Run({"cpu_us": 1e6 * cpu / requests})

    return measure


SIZES = (("200k", 200_000, 150), ("1m", 1_000_000, 800))


def relate_to_wrk(runs: dict[str, Run]) -> None:
    for name, run in runs.items():
        posted = name.replace("-ws-none", "-wrk").replace("-wss-zstd", "-wrk")
        run.figures["of_wrk"] = run.figures["cpu_us"] / runs[posted].figures["cpu_us"]


GROUP = Group(
    name="large-events",
    title="Large events: GUILD_CREATEs of 200 kB and 1 MB, 100 MB a second, 8 shards",
    columns=[
        Column("cpu_us", "CPU us/event", more_is_better=False),
        Column("of_wrk", "x wrk", 2, more_is_better=False),
    ],
    cases=[
        case
        for size, event_bytes, goal in SIZES
        for case in (
            Case(f"large-{size}-ws-none", large(event_bytes), (Goal("cpu_us", goal),)),
            Case(f"large-{size}-wss-zstd", large(event_bytes, **SECURE_ZSTD)),
            Case(f"large-{size}-wrk", wrk(event_bytes)),
        )
    ],
    compared="of_wrk",
    needs=tuple(f"large-{size}-wrk" for size, _, _ in SIZES),
    finish=relate_to_wrk,
    rounds=3,
)
