"""Options, and the rounds over the chosen cases."""

import argparse
import os
import platform
import signal
import sys
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from . import drain, large, latency, memory, micro, shards, slow_handler, throughput
from .group import FULL, QUICK, Bench, BenchFailure, Case, Group
from .results import Results, read_json

PROJECT = Path(__file__).resolve().parents[3]
BUSY_LOAD = 0.5
EPILOG = "CASE is a name or a pattern, as wss-* or micro/delivery/*, or a group. Default: all."


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", epilog=EPILOG)
    parser.add_argument("case", nargs="*", help="what to measure")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work at all")
    parser.add_argument("--runs", type=int, metavar="N", help="rounds over the cases (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with such a file")
    parser.add_argument("--build", type=Path, default=PROJECT / "build", help="folder of a build")
    return parser.parse_args(arguments)


def choose(groups: list[Group], patterns: list[str]) -> list[Group]:
    """The groups with the wanted cases and what those need; fails for a pattern without match."""

    def matches(group: Group, case: Case, text: str) -> bool:
        return group.name == text or fnmatch(case.name, text)

    if not patterns:
        return groups
    for text in patterns:
        if not any(matches(group, case, text) for group in groups for case in group.cases):
            raise BenchFailure(f"no case is called {text}; --list names them")
    chosen = []
    for group in groups:
        names = {c.name for c in group.cases if any(matches(group, c, text) for text in patterns)}
        if names:
            names.update(group.needs)
            cases = [case for case in group.cases if case.name in names]
            chosen.append(replace(group, cases=cases))
    return chosen


def conditions(options: argparse.Namespace, runs: int) -> dict:
    return {
        "machine": platform.machine(),
        "kernel": platform.release(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "runs": runs,
        "quick": options.quick,
    }


def measure(groups: list[Group], bench: Bench, runs: int, results: Results) -> None:
    """Round by round, so that what changes on the machine meets all cases alike."""
    for round_number in range(1, runs + 1):
        for group in groups:
            if group.rounds is not None and round_number > group.rounds:
                continue
            found = {}
            for case in group.cases:
                print(f"bench: round {round_number} of {runs}: {case.name}", file=sys.stderr)
                found[case.name] = case.measure(bench)
            group.finish(found)
            results.add(group, found)


def report(groups: list[Group], results: Results, known: dict, earlier: dict | None) -> None:
    machine = f"{known['cores']} cores, kernel {known['kernel']}"
    print(f"\nMedians of {known['runs']} round(s); {machine}")
    for group in groups:
        print(f"\n{results.table(group, earlier)}")
        for note in results.notes(group):
            print(f"  note: {note}")
    if known["load_before"] > BUSY_LOAD:
        print(f"\nnote: the machine was busy before (load {known['load_before']}): figures are low")


def bench_main(options: argparse.Namespace) -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchFailure("needs two cores: one for what is measured, one for the load")
    scale = QUICK if options.quick else FULL
    bench = Bench(options.build.resolve(), scale, proxy_cores=str(cores[1]),
                  load_cores=str(cores[0]))
    groups = [
        throughput.GROUP, large.GROUP, latency.GROUP, slow_handler.GROUP, shards.MANY,
        shards.RESTART, drain.GROUP, memory.GROUP, micro.group(bench),
    ]
    if options.list:
        print("\n".join(case.name for group in groups for case in group.cases))
        return
    groups = choose(groups, options.case)
    earlier = read_json(options.against) if options.against else None
    runs = max(1, options.runs or (1 if options.quick else 5))
    known = conditions(options, runs)
    results = Results(known)

    measure(groups, bench, runs, results)
    report(groups, results, known, earlier)
    if options.json:
        results.write_json(options.json, groups)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends what it has started
    try:
        bench_main(parse(arguments))
    except BenchFailure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
