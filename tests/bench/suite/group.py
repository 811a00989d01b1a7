"""What every kind of measurement has in common."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path


class BenchFailure(Exception):
    """A measurement that did not come about; the text says why."""


@dataclass(frozen=True)
class Scale:
    """How much work one run does: --quick is less."""

    flood_events: int
    wrk_seconds: int
    idle_shards: int
    micro_seconds: float
    load_seconds: int
    restart_shards: int


FULL = Scale(flood_events=200_000, wrk_seconds=4, idle_shards=100, micro_seconds=0.5,
             load_seconds=20, restart_shards=1000)
QUICK = Scale(flood_events=30_000, wrk_seconds=1, idle_shards=20, micro_seconds=0.05,
              load_seconds=5, restart_shards=50)


@dataclass
class Bench:
    """What a case is given: where the programs are and how much to do."""

    build: Path
    scale: Scale
    proxy_cores: str  # as taskset takes them: of what is measured
    load_cores: str  # of what produces the load and takes the events
    body_bytes: float = 800.0  # of an event's request body; measured by the first flood

    def unpinned(self) -> "Bench":
        """All programs on all of the cores."""
        all_cores = f"{self.load_cores},{self.proxy_cores}"
        return replace(self, proxy_cores=all_cores, load_cores=all_cores)


@dataclass(frozen=True)
class Column:
    """One figure of a case in the table."""

    key: str
    heading: str
    decimals: int = 0
    more_is_better: bool | None = None  # None: says something about the run, is no goal


@dataclass
class Run:
    """The figures of one run of one case, by column key, and what a reader has to know of them."""

    figures: dict[str, float]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    """A bound on the median of one figure."""

    key: str
    bound: float
    at_least: bool = False  # else: at most

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


@dataclass(frozen=True)
class Case:
    name: str
    measure: Callable[[Bench], Run]
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Group:
    """Cases that share a table. `finish` sees all runs of a round, to relate them to each other."""

    name: str
    title: str
    columns: list[Column]
    cases: list[Case]
    compared: str  # key of the column that --against compares
    needs: tuple[str, ...] = ()  # cases that run along with any other of the group
    finish: Callable[[dict[str, Run]], None] = lambda runs: None
    rounds: int | None = None  # None: as many as asked for
