"""Events per CPU-second of the whole daemon, against what wrk gets for the same requests.

wrk does nothing but send one prepared request over and over: it is about the least a program can
spend on a POST. The daemon also receives, decrypts, decompresses, parses, orders and accounts.
"""

import re
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from .group import Bench, BenchFailure, Case, Column, Goal, Group, Run
from .programs import Program, wait_until
from .setup import Simulator, Subject, simulator_and_daemon

GUILDS = 400  # over 8 shards; their GUILD_CREATEs have arrived before the measurement
GUILD_BYTES = 8192  # the simulator's default
FLOOD_SECONDS = 300
CONNECTIONS = 64  # handlers.max_in_flight
WRK = "wrk"


def flood(subject: Subject):
    def measure(bench: Bench) -> Run:
        events = bench.scale.flood_events
        arguments = [
            "--guilds", str(GUILDS), "--flood", str(events), "--prepared", "--wait-for-signal",
            "--exit-when-delivered",
        ]
        with simulator_and_daemon(bench, subject, arguments) as (simulator, daemon):
            both = (simulator, daemon)
            wait_until(lambda: simulator.seen()[1] >= events, FLOOD_SECONDS, "the flood", both)
            cpu_before, load_before = daemon.cpu_seconds(), simulator.cpu_seconds()
            simulator.send(signal.SIGUSR1)
            wait_until(simulator.has_ended, FLOOD_SECONDS, "every event to arrive", (daemon,))
            cpu = daemon.cpu_seconds() - cpu_before
            load = simulator.cpu_seconds() - load_before
            report = simulator.report()
            if report["handler"]["largest_batch"] == 1:
                bench.body_bytes = body_bytes(report["handler"])
            return evaluate(events, cpu, load, report)

    return measure


def body_bytes(handler: dict) -> float:
    """On average, without the GUILD_CREATEs, which came before the flood."""
    guild_creates = handler["by_type"].get("GUILD_CREATE", 0)
    return (handler["bytes"] - guild_creates * GUILD_BYTES) / handler["numbered"]


def evaluate(events: int, cpu: float, load: float, report: dict) -> Run:
    handler = report["handler"]
    for fault in ("duplicates", "out_of_order", "gaps", "altered", "unknown"):
        if handler[fault] != 0:
            raise BenchFailure(f"delivery went wrong: {fault} {handler[fault]}")
    if report["missing"] != 0 or handler["numbered"] != events:
        raise BenchFailure(f"{handler['numbered']} of {events} events arrived")
    figures = {
        "events_per_cpu_second": events / cpu,
        "events_per_second": events / report["flood_seconds"],
        "events_per_request": handler["events"] / handler["requests"],
        "load_cpu": load / cpu,
    }
    notes = []
    if load > cpu:
        notes.append("the load generator and handler cost more CPU than the daemon")
    return Run(figures, notes)


def wrk_script(body_bytes: int) -> str:
    frame = '{"shardId":3,"message":{"t":"MESSAGE_CREATE","s":1,"op":0,"d":{"content":"%s"}}}'
    body = frame % ("x" * max(0, body_bytes - len(frame) + 2))
    return (
        'wrk.method = "POST"\n'
        'wrk.headers["User-Agent"] = "gatehouse/0.1.0"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        'wrk.headers["X-Gatehouse-Event-Id"] = "0123456789abcdef0123456789abcdef:123456"\n'
        'wrk.headers["X-Gatehouse-Attempt"] = "1"\n'
        f"wrk.body = '{body}'\n"
    )


def post_with_wrk(bench: Bench, body_bytes: int) -> tuple[int, float, float]:
    """How many requests of such a body, and the CPU seconds of wrk and of the handler."""
    with TemporaryDirectory(prefix="gatehouse-bench-") as name:
        folder = Path(name)
        script = folder / "post.lua"
        script.write_text(wrk_script(body_bytes))
        with Simulator(bench, folder, []) as handler:
            command = [
                "wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{bench.scale.wrk_seconds}s",
                "-s", str(script), handler.addresses["handler_url"],
            ]
            load_before = handler.cpu_seconds()
            with Program("wrk", command, bench.proxy_cores, folder) as wrk:
                exit_code, cpu = wrk.wait(bench.scale.wrk_seconds + 60)
                load = handler.cpu_seconds() - load_before
                found = re.search(r"(\d+) requests in", wrk.output)
                if exit_code != 0 or not found or "Non-2xx" in wrk.output or cpu == 0:
                    raise BenchFailure(f"wrk: {wrk.output[-300:]}{wrk.errors[-300:]}")
    return int(found[1]), cpu, load


def measure_wrk(bench: Bench) -> Run:
    requests, cpu, load = post_with_wrk(bench, round(bench.body_bytes))
    figures = {
        "events_per_cpu_second": requests / cpu,
        "events_per_second": requests / bench.scale.wrk_seconds,
        "events_per_request": 1.0,
        "load_cpu": load / cpu,
    }
    return Run(figures, ["the handler cost more CPU than wrk"] if load > cpu else [])


def relate_to_wrk(runs: dict[str, Run]) -> None:
    for run in runs.values():
        of_wrk = run.figures["events_per_cpu_second"]
        run.figures["of_wrk"] = of_wrk / runs[WRK].figures["events_per_cpu_second"]


def of_wrk(ratio: float) -> tuple[Goal, ...]:
    return (Goal("of_wrk", ratio, at_least=True),)


SECURE_ZSTD = {"tls": True, "compression": "zstd-stream"}

GROUP = Group(
    name="throughput",
    title="Throughput: 8 shards, prepared flood of mixed events, checked on arrival\n"
    "(load CPU x: what simulator and handler cost, as a multiple of what is measured)",
    columns=[
        Column("events_per_cpu_second", "events/CPU-s", more_is_better=True),
        Column("of_wrk", "of wrk", 2, more_is_better=True),
        Column("events_per_second", "events/s"),
        Column("events_per_request", "per request", 1),
        Column("load_cpu", "load CPU x", 2),
    ],
    cases=[
        Case("ws-none", flood(Subject()), of_wrk(0.85)),
        Case("wss-zstd", flood(Subject(**SECURE_ZSTD)), of_wrk(0.75)),
        Case("wss-zlib", flood(Subject(tls=True, compression="zlib-stream")), of_wrk(0.70)),
        Case("wss-zstd-pipeline", flood(Subject(**SECURE_ZSTD, handlers={"pipeline_depth": 16})),
             of_wrk(2.2)),
        Case("wss-zstd-batch", flood(Subject(**SECURE_ZSTD, handlers={"batch_max_events": 64})),
             of_wrk(3.0)),
        Case(WRK, measure_wrk),  # last: by then it is known how long a body is
    ],
    compared="of_wrk",  # wrk's own rate shows how fast the machine was this time
    needs=(WRK,),
    finish=relate_to_wrk,
)
