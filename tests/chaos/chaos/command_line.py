"""./dev soak: a run, its report and its verdict."""

import argparse
import asyncio
import json
import random
import signal
import socket
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from .gate import Gate
from .machine import INTENTS, Daemon, Disk, Failure, Simulator
from .schedule import Fault, make_schedule

BACK_SECONDS = 30  # after the last fault all shards are connected
DRAIN_SECONDS = 120  # and then everything is delivered
# What faults of the network make of a client that does everything right.
EXCUSED = {"callback"}
MOST_GROWTH = 64  # MiB, from the first third of the run to the last


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="repeats the faults of that run; else by chance")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--rate", type=int, default=200, help="events a second")
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--keep", type=Path, help="a new folder for logs and state")
    options = parser.parse_args(given)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    return options


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Soak:
    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options = options
        self.folder = folder
        self.disk = Disk(folder)
        self.gates: dict[str, Gate] = {}
        self.counts: Counter[str] = Counter()
        self.memory: list[tuple[float, float]] = []
        self.simulator: Simulator | None = None
        self.daemon: Daemon | None = None
        self.pending: set[asyncio.Task] = set()
        self.back_after = 0.0

    # ---- building up ----

    async def begin(self) -> None:
        gateway_port = free_port()
        self.gates["gateway"] = Gate("gateway", ("127.0.0.1", gateway_port))
        await self.gates["gateway"].listen()
        self.options.gateway_url = f"wss://127.0.0.1:{self.gates['gateway'].port}"
        self.simulator = Simulator(self.options.build, self.folder, gateway_port,
                                   self.options.seed, self.options)
        addresses = await self.simulator.addresses()
        for name, key in (("REST", "rest_url"), ("handler", "handler_url")):
            url = urlsplit(addresses[key])
            self.gates[name] = Gate(name, (url.hostname, url.port))
            await self.gates[name].listen()
        self.daemon = Daemon(self.options.build, self.folder, self.configuration(addresses))
        self.daemon.start()
        await self.until(lambda: self.simulator.sessions() == self.options.shards, 60,
                         "all shards to connect")

    def configuration(self, addresses: dict) -> str:
        rest = urlsplit(addresses["rest_url"])
        handler = urlsplit(addresses["handler_url"])
        # Interactions are left to the handler: what is answered need not be delivered.
        return (
            f'[discord]\ntoken = "{addresses["token"]}"\nintents = {INTENTS}\n'
            f'compression = "zstd-stream"\nca_file = "{self.folder / "ca.pem"}"\n'
            f'[rest]\nurl = "https://127.0.0.1:{self.gates["REST"].port}{rest.path}"\n'
            f"[gateway]\nshards_per_worker = {self.options.shards // 2}\n"
            f'[handlers]\ntimeout_ms = 3000\nurls = ["http://127.0.0.1:'
            f'{self.gates["handler"].port}{handler.path}"]\n'
            "[queue]\nmemory_mb = 8\n[interactions]\ndefer = false\n"
            f'[state]\ndir = "{self.disk.path}"\n[admin]\nlisten = "127.0.0.1:0"\n')

    async def until(self, holds, seconds: float, what: str) -> float:
        begin = time.monotonic()
        while not holds():
            if time.monotonic() - begin > seconds:
                raise Failure(f"waited {seconds:.0f} s in vain for {what}")
            await asyncio.sleep(0.1)
        return time.monotonic() - begin

    # ---- faults ----

    async def strike(self, fault: Fault) -> None:
        self.counts[f"{fault.where}: {fault.what}"] += 1
        if fault.where == "process":
            await self.strike_process(fault)
        elif fault.where == "disk":
            self.disk.fill()
            await asyncio.sleep(fault.seconds)
            self.disk.empty()
        else:
            await self.strike_gate(self.gates[fault.where], fault)

    async def strike_gate(self, gate: Gate, fault: Fault) -> None:
        settings = {"delay": ("delay", 0.3), "throttle": ("rate", 1_000),
                    "black hole": ("is_silent", True), "refuse": ("refuses", True),
                    "slow accept": ("accept_delay", 2.0)}
        if fault.what in settings:
            name, value = settings[fault.what]
            setattr(gate, name, value)
            await asyncio.sleep(fault.seconds)
            setattr(gate, name, type(value)(0))
        elif fault.what == "corrupt":
            gate.corrupts += 1
        else:
            gate.cut({"reset": "reset", "end": "end", "half-close": "half"}[fault.what])

    async def strike_process(self, fault: Fault) -> None:
        self.daemon.check_alive()
        if fault.what in ("HUP", "TERM"):
            # Before that they do what they do to any process.
            await self.until(lambda: self.daemon.process.listens_to(signal.SIGTERM), 30,
                             "a daemon that listens to signals")
        if fault.what == "HUP":
            self.daemon.process.send(signal.SIGHUP)
            return
        if fault.what == "stop and continue":
            self.daemon.process.send(signal.SIGSTOP)
            await asyncio.sleep(fault.seconds)
            self.daemon.process.send(signal.SIGCONT)
            return
        if fault.what == "TERM":
            await self.daemon.stop()
        else:
            self.daemon.kill()
        await asyncio.sleep(fault.seconds)
        self.daemon.start()

    async def run_schedule(self, schedule: list[Fault]) -> None:
        begin = time.monotonic()
        process_turn = asyncio.Lock()  # one fault of the process at a time

        async def strike(fault: Fault) -> None:
            if fault.where != "process":
                return await self.strike(fault)
            async with process_turn:
                await self.strike(fault)

        for fault in schedule:
            while (left := begin + fault.at - time.monotonic()) > 0:
                self.remember_memory(time.monotonic() - begin)
                await asyncio.sleep(min(left, 1.0))
            print(fault, flush=True)
            task = asyncio.create_task(strike(fault))
            self.pending.add(task)
            for done in [each for each in self.pending if each.done()]:
                self.pending.discard(done)
                done.result()
        await asyncio.gather(*self.pending)

    def remember_memory(self, at: float) -> None:
        self.memory.append((at, self.daemon.process.resident_mib()))

    # ---- verdict ----

    async def end(self) -> dict:
        for gate in self.gates.values():
            gate.heal()
        self.daemon.check_alive()
        self.back_after = await self.until(
            lambda: self.simulator.sessions() == self.options.shards, BACK_SECONDS,
            "all shards to be back after the last fault")
        self.remember_memory(self.options.minutes * 60)
        # Each guild counts its events: one that is passed over is a gap as soon as a later one has
        # arrived, so it is enough that nothing waits any more.
        await self.until(lambda: self.daemon.waiting() == 0, DRAIN_SECONDS, "an empty spool")
        await self.daemon.stop()
        self.simulator.send(signal.SIGINT)
        code = await self.simulator.exit_code(60)
        if code != 0:
            raise Failure(f"the simulator ends with {code}")
        return json.loads(self.simulator.output_file.read_text())

    def judge(self, report: dict) -> list[str]:
        handler, simulator = report["handler"], report["simulator"]
        problems = []
        for what in ("altered", "unknown", "out_of_order", "gaps"):
            if handler[what]:
                problems.append(f"{handler[what]} events {what}")
        kinds = Counter(each["kind"] for each in simulator["violations"])
        for kind, count in kinds.items():
            if kind not in EXCUSED:
                problems.append(f"{count} violations of Discord's rules: {kind}")
        if simulator["identifies"] > self.options.shards:
            problems.append(f"{simulator['identifies']} identifies for "
                            f"{self.options.shards} shards: a session was lost")
        third = len(self.memory) // 3
        if third > 3:
            early = max(mib for _, mib in self.memory[:third])
            late = max(mib for _, mib in self.memory[-third:])
            if late > early + MOST_GROWTH:
                problems.append(f"memory grows: {early:.0f} MiB early, {late:.0f} MiB late")
        return problems

    def show(self, schedule: list[Fault], report: dict) -> None:
        handler, simulator = report["handler"], report["simulator"]
        for what, count in sorted(self.counts.items()):
            print(f"  {count:4}  {what}")
        print(f"soak: {len(schedule)} faults, {handler['events']} deliveries, missing "
              f"{handler['gaps']}, out of order {handler['out_of_order']}, repeated "
              f"{handler['repeated']}, altered {handler['altered']}; "
              f"{simulator['resumes']} resumes, {simulator['identifies']} "
              f"identifies, {self.daemon.starts} starts; all back {self.back_after:.1f} s after the "
              f"last fault; at most {max(mib for _, mib in self.memory):.0f} MiB", flush=True)

    def release(self) -> None:
        for process in (self.daemon and self.daemon.process, self.simulator):
            if process:
                process.end()
        self.disk.release()


async def run(options: argparse.Namespace, folder: Path) -> int:
    soak = Soak(options, folder)
    schedule = make_schedule(options.seed, options.minutes * 60, soak.disk.is_own)
    print(f"soak: seed {options.seed}, {options.minutes:g} min, {options.shards} shards, "
          f"{options.rate} events/s, {len(schedule)} faults"
          + ("" if soak.disk.is_own else "; none of the disk: no file system can be mounted"),
          flush=True)
    try:
        await soak.begin()
        await soak.run_schedule(schedule)
        report = await soak.end()
        soak.show(schedule, report)
        problems = soak.judge(report)
    except Failure as failure:
        problems = [str(failure)]
    finally:
        soak.release()
    for problem in problems:
        print(f"soak: FAILED: {problem} (seed {options.seed})", file=sys.stderr)
    return 1 if problems else 0


def main(given: list[str]) -> int:
    options = arguments(given)
    if options.keep:
        options.keep.mkdir(parents=True)
        return asyncio.run(run(options, options.keep.resolve()))
    with TemporaryDirectory(prefix="gatehouse-soak-") as name:
        return asyncio.run(run(options, Path(name)))
