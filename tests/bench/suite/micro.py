"""gatehouse-bench: single steps of an event's way, by Google Benchmark."""

import json
import subprocess

from .group import Bench, BenchFailure, Case, Column, Group, Run

PREFIX = "micro/"


def run_program(bench: Bench, *arguments: str) -> str:
    command = ["taskset", "-c", bench.proxy_cores, str(bench.build / "gatehouse-bench")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailure(f"gatehouse-bench: {done.stderr[-500:]}")
    return done.stdout


def measure_one(name: str):
    def measure(bench: Bench) -> Run:
        output = run_program(
            bench, f"--benchmark_filter=^{name}$", "--benchmark_format=json",
            f"--benchmark_min_time={bench.scale.micro_seconds}",
        )
        found = json.loads(output)["benchmarks"][0]
        figures = {"nanoseconds": 1e9 / found["items_per_second"]}
        if "bytes_per_second" in found:
            figures["mib_per_second"] = found["bytes_per_second"] / 2**20
        return Run(figures)

    return measure


def group(bench: Bench) -> Group:
    """The program itself knows its cases."""
    names = run_program(bench, "--benchmark_list_tests=true").split()
    return Group(
        name="micro",
        title="Steps: CPU time of one event, frame, request or answer",
        columns=[
            Column("nanoseconds", "ns", 1, more_is_better=False),
            Column("mib_per_second", "MiB/s"),
        ],
        cases=[Case(PREFIX + name, measure_one(name)) for name in names],
        compared="nanoseconds",
    )
