"""Starting, pinning and observing processes."""

import os
import signal
import subprocess
import time
from pathlib import Path

from .group import BenchFailure


class Program:
    """A process on some cores with its output in files; ended, by force if need be, on exit."""

    def __init__(self, name: str, command: list[str], cores: str, folder: Path):
        self.name = name
        self.output_file = folder / f"{name}.out"
        self.error_file = folder / f"{name}.err"
        with open(self.output_file, "wb") as output, open(self.error_file, "wb") as errors:
            self._process = subprocess.Popen(
                ["taskset", "-c", cores, *command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self) -> None:
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def errors(self) -> str:
        return self.error_file.read_text(errors="replace")

    @property
    def output(self) -> str:
        return self.output_file.read_text(errors="replace")

    def send(self, wanted: signal.Signals) -> None:
        self._process.send_signal(wanted)

    def cpu_seconds(self) -> float:
        """User and system time of all threads so far; of a process not yet waited for, too.

        The same sum as in /proc/PID/stat, but in nanoseconds and not in ticks of 10 ms.
        """
        clock = ~self._process.pid << 3 | 2  # what clock_getcpuclockid(3) makes of a process id
        return time.clock_gettime(clock)

    def thread_cpu_seconds(self, name: str) -> float:
        """Of all of its threads whose name contains this, in ticks of 10 ms."""
        ticks = 0
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            if name in (thread / "comm").read_text():
                fields = (thread / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise BenchFailure(f"{self.name}: has no resident memory; it has ended")

    def has_ended(self) -> bool:
        """Leaves the ended process to be looked at."""
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is not None

    def wait(self, seconds: float) -> tuple[int, float]:
        """Exit code and CPU seconds, once it has ended by itself."""
        wait_until(self.has_ended, seconds, f"{self.name} to end")
        cpu = self.cpu_seconds()
        return self._process.wait(), cpu


def wait_until(holds, seconds: float, what: str, others: tuple[Program, ...] = ()) -> None:
    """Fails after the time, and as soon as one of the others has ended."""
    deadline = time.monotonic() + seconds
    while not holds():
        for program in others:
            if program.has_ended():
                raise BenchFailure(f"{program.name} has ended: {program.errors[-500:]}")
        if time.monotonic() > deadline:
            raise BenchFailure(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.01)
