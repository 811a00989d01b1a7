"""Many shards: a restart with stored sessions, and what an event costs among a thousand shards."""

import time

from .group import Bench, Case, Column, Goal, Group, Run
from .programs import wait_until
from .setup import Subject, daemon_in, simulator_and_daemon, simulator_with_folder

EVENTS_PER_SECOND = 4_000
FEW_SHARDS = 8
START_SECONDS = 180


def restart(bench: Bench) -> Run:
    """From the daemon's start until every session is resumed, over wss with zstd."""
    shards = bench.scale.restart_shards
    subject = Subject(compression="zstd-stream", tls=True, shards=shards)
    arguments = ["--guilds", str(shards), "--guild-bytes", "1024", "--session-starts", "5000"]
    with simulator_with_folder(bench, subject, arguments) as (simulator, folder):
        with daemon_in(bench, folder) as daemon:
            both = (simulator, daemon)
            wait_until(lambda: simulator.seen()[0] == shards, START_SECONDS, "the shards", both)
            time.sleep(2)  # a checkpoint of every session
        wait_until(lambda: simulator.seen()[0] == 0, START_SECONDS, "the end", (simulator,))
        began = time.monotonic()
        with daemon_in(bench, folder) as daemon:
            both = (simulator, daemon)
            wait_until(lambda: simulator.seen()[0] == shards, START_SECONDS, "resumes", both)
            seconds = time.monotonic() - began
            cpu = daemon.cpu_seconds()
        simulator.end()
        counts = simulator.report()["simulator"]
    figures = {
        "seconds": seconds,
        "identifies": counts["identifies"] - shards,
        "resumes": counts["resumes"],
        "cpu_seconds": cpu,
    }
    return Run(figures)


def cpu_per_event(bench: Bench, shards: int) -> float:
    """In microseconds, at the same rate over all shards."""
    subject = Subject(compression="zstd-stream", tls=True, shards=shards)
    arguments = [
        "--guilds", str(bench.scale.restart_shards), "--guild-bytes", "1024", "--no-verify",
        "--rate", str(EVENTS_PER_SECOND), "--session-starts", "5000",
    ]
    with simulator_and_daemon(bench, subject, arguments) as (simulator, daemon):
        both = (simulator, daemon)
        wait_until(lambda: simulator.seen()[0] == shards, START_SECONDS, "the shards", both)
        time.sleep(3)  # what belongs to the start
        cpu, handled = daemon.cpu_seconds(), simulator.handled()
        time.sleep(bench.scale.load_seconds)
        # The handler's count is told once a second, at either end.
        cpu, handled = daemon.cpu_seconds() - cpu, simulator.handled() - handled
    return 1e6 * cpu / max(1, handled)


def many_shards(bench: Bench) -> Run:
    few = cpu_per_event(bench, FEW_SHARDS)
    many = cpu_per_event(bench, bench.scale.restart_shards)
    return Run({"ratio": many / few, "few": few, "many": many})


RESTART = Group(
    name="restart",
    title="Restart with stored sessions over wss: from the start until all are resumed, to a second",
    columns=[
        Column("seconds", "seconds", 1, more_is_better=False),
        Column("identifies", "identifies"),
        Column("resumes", "resumes"),
        Column("cpu_seconds", "CPU s", 2, more_is_better=False),
    ],
    cases=[Case("restart-1000", restart, (Goal("seconds", 10), Goal("identifies", 0)))],
    compared="seconds",
    rounds=1,
)

MANY = Group(
    name="shards",
    title="CPU per event of 1,000 shards against 8, 4,000 events/s over all of them, wss, zstd",
    columns=[
        Column("ratio", "ratio", 2, more_is_better=False),
        Column("few", "us with 8", 1, more_is_better=False),
        Column("many", "us with 1,000", 1, more_is_better=False),
    ],
    cases=[Case("shards-1000", many_shards, (Goal("ratio", 1.3),))],
    compared="ratio",
    rounds=1,
)
