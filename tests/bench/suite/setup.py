"""The simulated Discord with its event handler, and the daemon in front of it."""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from .group import Bench
from .programs import Program, wait_until

# All but those the simulator refuses.
INTENTS = 0x331FFFF
START_SECONDS = 60


@dataclass(frozen=True)
class Subject:
    """How the daemon is set up in a case."""

    compression: str = "none"  # or "zlib-stream", "zstd-stream"
    tls: bool = False
    shards: int = 8
    handlers: dict[str, int] = field(default_factory=dict)  # further keys of [handlers]
    events: dict[str, str] = field(default_factory=dict)  # and of [events]

    def configuration(self, addresses: dict, folder: Path) -> str:
        ca_file = f'ca_file = "{addresses["ca_file"]}"\n' if self.tls else ""
        further = "".join(f"{key} = {value}\n" for key, value in self.handlers.items())
        events = "".join(f'{key} = "{value}"\n' for key, value in self.events.items())
        return (
            f'[discord]\ntoken = "{addresses["token"]}"\nintents = {INTENTS}\n'
            f'compression = "{self.compression}"\n{ca_file}'
            f'[rest]\nurl = "{addresses["rest_url"]}"\n'
            "[gateway]\nshards_per_worker = 1000\n"  # one worker: its cost is what is measured
            f'[handlers]\nurls = ["{addresses["handler_url"]}"]\n{further}'
            f"[events]\n{events}"
            f'[state]\ndir = "{folder / "state"}"\n'
            "[interactions]\ndefer = false\n"  # or what is answered need not be delivered
            '[admin]\nlisten = "127.0.0.1:0"\nauthorization = "bench"\n'
        )


class Simulator(Program):
    """Listens, once entered; `addresses` is then what its ready file says."""

    def __init__(self, bench: Bench, folder: Path, arguments: list[str], tls: bool = False):
        self._ready_file = folder / "ready.json"
        self.addresses: dict = {}
        command = [
            str(bench.build / "gatehouse-sim"), "--handler-port", "0", "--live", "--json",
            "--ready-file", str(self._ready_file), *arguments,
        ]
        if tls:
            command += ["--tls", "--ca-file-out", str(folder / "ca.pem")]
        super().__init__("gatehouse-sim", command, bench.load_cores, folder)

    def __enter__(self):
        try:
            wait_until(self._ready_file.exists, START_SECONDS, "the simulator to listen", (self,))
        except BaseException:
            self.end()
            raise
        self.addresses = json.loads(self._ready_file.read_text())
        return self

    def seen(self) -> tuple[int, int]:
        """Sessions connected, and events made so far: of the newest status line, one a second."""
        lines = re.findall(r"^(\d+)/\d+ sessions  (\d+) events ", self.errors, re.MULTILINE)
        return (int(lines[-1][0]), int(lines[-1][1])) if lines else (0, 0)

    def handled(self) -> int:
        """Events that the handler has accepted, of the same line."""
        lines = re.findall(r"  handler (\d+) ", self.errors)
        return int(lines[-1]) if lines else 0

    def report(self) -> dict:
        """The final statistics, after it has ended."""
        return json.loads(self.output)


@contextmanager
def simulator_with_folder(bench: Bench, subject: Subject, arguments: list[str]):
    """Yields the simulator running, and a folder with the daemon's configuration in it."""
    with TemporaryDirectory(prefix="gatehouse-bench-") as name:
        folder = Path(name)
        shards = str(subject.shards)
        standard = ["--shards", shards, "--max-concurrency", shards, "--identify-interval-ms", "1"]
        with Simulator(bench, folder, standard + arguments, subject.tls) as simulator:
            configuration = subject.configuration(simulator.addresses, folder)
            (folder / "gatehouse.toml").write_text(configuration)
            yield simulator, folder


def daemon_in(bench: Bench, folder: Path) -> Program:
    command = [str(bench.build / "gatehouse"), "run", "--config", str(folder / "gatehouse.toml")]
    return Program("gatehouse", command, bench.proxy_cores, folder)


@contextmanager
def simulator_and_daemon(bench: Bench, subject: Subject, arguments: list[str]):
    """Yields both running; the daemon is what stands between the simulator and its handler."""
    with simulator_with_folder(bench, subject, arguments) as (simulator, folder):
        with daemon_in(bench, folder) as daemon:
            yield simulator, daemon
