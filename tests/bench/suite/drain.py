"""A queue that is emptied after an outage, against a handler that was there all the time."""

import json
import os
import subprocess

from .group import Bench, BenchFailure, Case, Column, Goal, Group, Run


def measure(bench: Bench) -> Run:
    """Not pinned: the simulator, the handler and the daemon's disk thread share both cores."""
    command = [str(bench.build / "gatehouse-drain"), str(bench.scale.flood_events)]
    environment = os.environ | {"GATEHOUSE_BIN": str(bench.build / "gatehouse")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise BenchFailure(f"gatehouse-drain: {done.stderr[-500:]}")
    return Run(json.loads(done.stdout))


GROUP = Group(
    name="drain",
    title="After an outage: events of 2 kB, queue.memory_mb = 8, wall clock",
    columns=[
        Column("direct", "events/s without outage"),
        Column("drain", "events/s from disk"),
        Column("ratio", "ratio", 2, more_is_better=True),
    ],
    cases=[Case("drain", measure, (Goal("ratio", 0.5, at_least=True),))],
    compared="ratio",
    rounds=3,
)
