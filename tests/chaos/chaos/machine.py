"""The programs under test, and the disk that the daemon writes to."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

INTENTS = 0x331FFFF  # all but those the simulator refuses
DISK_BYTES = 64 << 20


class Failure(Exception):
    """What has to hold does not."""


class Process:
    def __init__(self, name: str, command: list[str], folder: Path):
        self.name = name
        self.output_file = folder / f"{name}.out"
        self.error_file = folder / f"{name}.err"
        with open(self.output_file, "ab") as output, open(self.error_file, "ab") as errors:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=errors, start_new_session=True)

    def send(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    def end(self) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
            self.child.wait()

    async def exit_code(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while self.child.poll() is None:
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} does not end within {seconds:.0f} s")
            await asyncio.sleep(0.05)
        return self.child.returncode

    def listens_to(self, number: signal.Signals) -> bool:
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        mask = re.search(r"SigCgt:\s+([0-9a-f]+)", status)
        return mask is not None and bool(int(mask.group(1), 16) >> (number - 1) & 1)

    def resident_mib(self) -> float:
        with contextlib.suppress(OSError):
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.child.pid}/status").read_text())
            if found:
                return int(found.group(1)) / 1024
        return 0.0


class Simulator(Process):
    def __init__(self, build: Path, folder: Path, gateway_port: int, seed: int, options):
        self._ready = folder / "ready.json"
        super().__init__("gatehouse-sim", [
            str(build / "gatehouse-sim"), "--tls", "--ca-file-out", str(folder / "ca.pem"),
            "--port", str(gateway_port), "--named-gateway", options.gateway_url,
            "--shards", str(options.shards), "--max-concurrency", str(options.shards),
            "--identify-interval-ms", "100", "--guilds", str(10 * options.shards),
            "--rate", str(options.rate), "--seed", str(seed), "--handler-port", "0",
            "--replay-events", "200000", "--session-lifetime-ms", "600000",
            "--live", "--json", "--ready-file", str(self._ready)], folder)

    async def addresses(self) -> dict:
        deadline = time.monotonic() + 60
        while not self._ready.exists():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"the simulator does not listen: {self.error_file.read_text()[-500:]}")
            await asyncio.sleep(0.05)
        return json.loads(self._ready.read_text())

    def sessions(self) -> int:
        lines = re.findall(r"^(\d+)/\d+ sessions", self.error_file.read_text(), re.MULTILINE)
        return int(lines[-1]) if lines else 0


class Disk:
    """The state directory; a file system of its own where this user may mount one."""

    def __init__(self, folder: Path):
        self.path = folder / "state"
        self.path.mkdir(mode=0o700)
        self._filler = self.path / "filler"
        self.is_own = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs",
             str(self.path)], capture_output=True).returncode == 0

    def fill(self) -> None:
        with contextlib.suppress(OSError), open(self._filler, "wb", buffering=0) as filler:
            while filler.write(bytes(4096)) > 0:
                pass

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)

    def release(self) -> None:
        if self.is_own:
            subprocess.run(["umount", "--lazy", str(self.path)], check=False)


class Daemon:
    """Restarted by whoever ends it."""

    def __init__(self, build: Path, folder: Path, configuration: str):
        self._build = build
        self._folder = folder
        self.config = folder / "gatehouse.toml"
        self.config.write_text(configuration)
        self.starts = 0
        self.process: Process | None = None

    def start(self) -> None:
        self.starts += 1
        self.process = Process("gatehouse", [str(self._build / "gatehouse"), "run", "--config",
                                             str(self.config)], self._folder)

    async def stop(self, limit: float = 30) -> None:
        self.process.send(signal.SIGTERM)
        code = await self.process.exit_code(limit)
        if code != 0:
            raise Failure(f"TERM ends the daemon with {code}")

    def kill(self) -> None:
        self.process.send(signal.SIGKILL)
        self.process.child.wait()

    def check_alive(self) -> None:
        code = self.process.child.poll()
        if code is not None:
            raise Failure(f"the daemon has ended by itself with {code}")

    def waiting(self) -> int | None:
        """Events that wait on disk; nothing: it does not say."""
        port = re.findall(r"admin listens on port (\d+)", self.process.error_file.read_text())
        if not port:
            return None
        with contextlib.suppress(OSError, ValueError):
            with urllib.request.urlopen(f"http://127.0.0.1:{port[-1]}/metrics", timeout=5) as got:
                found = re.findall(r"^gatehouse_queue_spooled_events(?:{[^}]*})? (\d+)",
                                   got.read().decode(), re.MULTILINE)
                return sum(map(int, found))
        return None
