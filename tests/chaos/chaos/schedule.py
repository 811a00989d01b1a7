"""What goes wrong when: all of it follows from the seed."""

import random
from dataclasses import dataclass

# Faults of a gate and how long they may last, in seconds; cuts take no time.
GATE_FAULTS = {
    "delay": (1, 6), "throttle": (1, 5), "black hole": (1, 12), "refuse": (1, 8),
    "slow accept": (2, 8), "corrupt": (0, 0), "reset": (0, 0), "end": (0, 0), "half-close": (0, 0),
}
# And of the daemon's process and disk.
PROCESS_FAULTS = {"stop and continue": (1, 8), "kill -9": (0, 2), "TERM": (0, 2), "HUP": (0, 0)}
DISK_FAULTS = {"disk full": (2, 10)}
GATES = ("gateway", "gateway", "handler", "handler", "REST")
# Nothing begins in the last part, so that what waits can be delivered.
MEAN_PAUSE = 1.2


@dataclass(frozen=True)
class Fault:
    at: float  # seconds after the begin
    where: str  # a gate, "process" or "disk"
    what: str
    seconds: float

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:7.1f} s  {self.where}: {self.what}{lasts}"


def make_schedule(seed: int, seconds: float, has_disk: bool) -> list[Fault]:
    dice = random.Random(seed)
    faults = []
    at = dice.expovariate(1 / MEAN_PAUSE)
    while at < seconds:
        roll = dice.random()
        if roll < 0.08:
            where, table = "process", PROCESS_FAULTS
        elif roll < 0.12:
            where, table = "disk", DISK_FAULTS
        else:
            where, table = dice.choice(GATES), GATE_FAULTS
        what = dice.choice(list(table))
        length = dice.uniform(*table[what])
        if where != "disk" or has_disk:
            faults.append(Fault(at, where, what, min(length, seconds - at)))
        at += dice.expovariate(1 / MEAN_PAUSE)
    return faults
