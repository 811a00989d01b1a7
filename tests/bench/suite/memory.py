"""Resident memory per shard: a daemon with many shards against one with a single shard.

Both get the same guilds and events, at a rate the handler keeps up with, until every connection has
received more than a decompression window: what a shard costs that has been up for a while.
"""

from .group import Bench, Case, Column, Goal, Group, Run
from .programs import wait_until
from .setup import Subject, simulator_and_daemon

GUILDS_PER_SHARD = 1  # few: their burst at the start would hide what the shards cost
EVENTS_PER_SHARD = 1500  # of about 800 bytes: beyond 1 MiB
EVENTS_PER_SECOND = 10_000
WAIT_SECONDS = 300


def resident_bytes(bench: Bench, compression: str, shards: int) -> int:
    subject = Subject(compression=compression, tls=True, shards=shards)
    guilds = bench.scale.idle_shards * GUILDS_PER_SHARD
    events = bench.scale.idle_shards * EVENTS_PER_SHARD
    arguments = [
        "--guilds", str(guilds), "--rate", str(EVENTS_PER_SECOND), "--no-verify",
    ]
    with simulator_and_daemon(bench, subject, arguments) as (simulator, daemon):

        def is_worn_in() -> bool:
            sessions, seen = simulator.seen()
            return sessions == shards and seen >= events + guilds

        wait_until(is_worn_in, WAIT_SECONDS, "every shard's events", (simulator, daemon))
        return daemon.resident_bytes()


def per_shard(compression: str):
    def measure(bench: Bench) -> Run:
        shards = bench.scale.idle_shards
        base = resident_bytes(bench, compression, 1)
        many = resident_bytes(bench, compression, shards)
        kib = (many - base) / (shards - 1) / 1024
        return Run({"kib_per_shard": kib, "base_mib": base / 2**20, "shards": shards})

    return measure


def goals(kilobytes_per_shard: float) -> tuple[Goal, ...]:
    base = Goal("base_mib", 25e6 / 2**20)
    return (Goal("kib_per_shard", kilobytes_per_shard * 1000 / 1024), base)


GROUP = Group(
    name="memory",
    title="Memory: resident, wss, after more than 1 MiB of events on every connection; one run",
    columns=[
        Column("kib_per_shard", "KiB/shard", 1, more_is_better=False),
        Column("base_mib", "MiB with 1 shard", 1, more_is_better=False),
        Column("shards", "shards"),
    ],
    cases=[
        Case("memory-zstd", per_shard("zstd-stream"), goals(500)),
        Case("memory-zlib", per_shard("zlib-stream"), goals(160)),
        Case("memory-none", per_shard("none")),
    ],
    compared="kib_per_shard",
    rounds=1,
)
