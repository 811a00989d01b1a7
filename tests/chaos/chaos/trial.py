"""One daemon before a plain simulator, for tests that look at one thing each."""

import json
import os
import re
import signal
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

from .machine import INTENTS, Failure, Process

WAIT_SECONDS = 60
BUILD = Path(os.environ.get("GATEHOUSE_BUILD", "build")).resolve()


def wait_for(what: str, holds, seconds: float = WAIT_SECONDS):
    """What `holds` gives, once that is something."""
    deadline = time.monotonic() + seconds
    while not (got := holds()):
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)
    return got


def require(holds, what: str) -> None:
    if not holds:
        raise Failure(what)


class Trial:
    """A folder, a simulator, and whatever is started; all of it ends with the `with`."""

    def __init__(self, *options: str, shards: int = 1, rate: int = 50):
        self._temporary = TemporaryDirectory(prefix="gatehouse-trial-")
        self.folder = Path(self._temporary.name)
        self._processes: list[Process] = []
        ready = self.folder / "ready.json"
        simulator = self._begin("gatehouse-sim", [
            str(BUILD / "gatehouse-sim"), "--shards", str(shards), "--max-concurrency",
            str(shards), "--identify-interval-ms", "1", "--rate", str(rate), "--json",
            "--ready-file", str(ready), *options])
        wait_for("the simulator", lambda: ready.exists() or simulator.child.poll() is not None)
        self.addresses = json.loads(ready.read_text())
        self.simulator = simulator

    def _begin(self, name: str, command: list[str]) -> Process:
        process = Process(name, command, self.folder)
        self._processes.append(process)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.end()
        self._temporary.cleanup()

    def daemon(self, tables: dict[str, dict], wrapper: tuple[str, ...] = ()) -> Process:
        """`tables` on top of what is needed; a value is TOML."""
        configuration = {
            "discord": {"token": f'"{self.addresses["token"]}"', "intents": str(INTENTS)},
            "rest": {"url": f'"{self.addresses["rest_url"]}"'},
            "state": {"dir": f'"{self.folder / "state"}"'},
            "admin": {"listen": '"127.0.0.1:0"'},
            "interactions": {"defer": "false"},
            "queue": {"retry_initial_ms": "50", "retry_max_ms": "200"},
        }
        for name, keys in tables.items():
            configuration.setdefault(name, {}).update(keys)
        text = "".join(
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
            for name, keys in configuration.items())
        self.config = self.folder / "gatehouse.toml"
        self.config.write_text(text)
        (self.folder / "gatehouse.err").unlink(missing_ok=True)
        return self._begin("gatehouse", [*wrapper, str(BUILD / "gatehouse"), "run", "--config",
                                         str(self.config)])

    def log(self) -> str:
        file = self.folder / "gatehouse.err"
        return file.read_text(errors="replace") if file.exists() else ""

    def wait_log(self, pattern: str) -> re.Match:
        return wait_for(f"a log line with {pattern!r}: {self.log()[-300:]}",
                        lambda: re.search(pattern, self.log()))

    def admin_port(self) -> int:
        return int(self.wait_log(r"admin listens on port (\d+)").group(1))

    def ask(self, method: str, path: str, body: bytes | None = None, headers=None,
            context: ssl.SSLContext | None = None) -> tuple[int, bytes]:
        url = f"http{'s' if context else ''}://127.0.0.1:{self.admin_port()}{path}"
        request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
        except OSError as failure:
            raise Failure(f"{method} {path}: {failure}") from failure

    def spooled(self) -> int:
        """Events on disk."""
        text = self.ask("GET", "/metrics")[1].decode()
        return int(re.search(r"^gatehouse_spool_events (\d+)", text, re.MULTILINE).group(1))

    @staticmethod
    def stop(daemon: Process, wanted: int = 0) -> None:
        daemon.send(signal.SIGTERM)
        wait_for("the daemon to end", lambda: daemon.child.poll() is not None, 30)
        require(daemon.child.returncode == wanted, f"TERM ends it with {daemon.child.returncode}")


def run_all(tests) -> int:
    """Each is a function; tells how each went, and gives the exit code."""
    failed = 0
    for test in tests:
        begin = time.monotonic()
        try:
            test()
            outcome = "holds"
        except Failure as failure:
            outcome, failed = f"FAILED: {failure}", failed + 1
        print(f"{test.__name__}: {outcome} ({time.monotonic() - begin:.1f} s)", flush=True)
    return 1 if failed else 0
