"""From runs to medians, tables, JSON, and the comparison with an earlier run."""

import json
from pathlib import Path
from statistics import median

from .group import BenchFailure, Column, Goal, Group, Run

ENOUGH_RUNS = 5


class Results:
    """The runs of every case, by group."""

    def __init__(self, conditions: dict):
        self._conditions = conditions
        self._runs: dict[str, dict[str, list[Run]]] = {}

    def add(self, group: Group, runs: dict[str, Run]) -> None:
        for case, run in runs.items():
            self._runs.setdefault(group.name, {}).setdefault(case, []).append(run)

    def values(self, group: Group, case: str, key: str) -> list[float]:
        runs = self._runs.get(group.name, {}).get(case, [])
        return [run.figures[key] for run in runs if key in run.figures]

    def table(self, group: Group, earlier: dict | None) -> str:
        """Medians; of the first column with the lowest and highest run."""
        main, *others = group.columns
        rows = [["", main.heading, "lowest", "highest", *(column.heading for column in others)]]
        compared = next(column for column in group.columns if column.key == group.compared)
        goals = {case.name: case.goals for case in group.cases}
        if any(goals.values()):
            rows[0].append("goal")
        if earlier is not None:
            rows[0].append(f"change ({compared.heading})")
        for case in self._runs.get(group.name, {}):
            values = self.values(group, case, main.key)
            row = [case, *(number(value, main) for value in spread(values))]
            row += [self._cell(group, case, column) for column in others]
            if any(goals.values()):
                row.append(self._verdicts(group, case, goals.get(case, ())))
            if earlier is not None:
                now = self.values(group, case, compared.key)
                row.append(change(now, past(earlier, case, compared.key), compared))
            rows.append(row)
        return f"{group.title}\n{aligned(rows)}"

    def _cell(self, group: Group, case: str, column: Column) -> str:
        values = self.values(group, case, column.key)
        return number(median(values), column) if values else ""

    def _verdicts(self, group: Group, case: str, goals: tuple[Goal, ...]) -> str:
        texts = []
        for goal in goals:
            column = next(column for column in group.columns if column.key == goal.key)
            values = self.values(group, case, goal.key)
            sign = ">=" if goal.at_least else "<="
            verdict = "met" if values and goal.met(median(values)) else "NOT MET"
            texts.append(f"{column.heading} {sign} {goal.bound:g}: {verdict}")
        return ", ".join(texts)

    def notes(self, group: Group) -> list[str]:
        """Each once, with the cases it holds for."""
        cases_by_note: dict[str, list[str]] = {}
        for case, runs in self._runs.get(group.name, {}).items():
            for note in {note: None for run in runs for note in run.notes}:
                cases_by_note.setdefault(note, []).append(case)
        return [f"{', '.join(cases)}: {note}" for note, cases in cases_by_note.items()]

    def write_json(self, path: Path, groups: list[Group]) -> None:
        cases: dict[str, dict] = {}
        for group in groups:
            for case in self._runs.get(group.name, {}):
                cases[case] = {
                    column.key: {"median": median(values), "runs": values}
                    for column in group.columns
                    if (values := self.values(group, case, column.key))
                }
        notes = [note for group in groups for note in self.notes(group)]
        whole = {"conditions": self._conditions, "cases": cases, "notes": notes}
        path.write_text(json.dumps(whole, indent=1) + "\n")


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text())["cases"]
    except (OSError, ValueError, KeyError) as error:
        raise BenchFailure(f"{path}: not the figures of an earlier run ({error})") from error


def past(earlier: dict, case: str, key: str) -> list[float]:
    return earlier.get(case, {}).get(key, {}).get("runs", [])


def spread(values: list[float]) -> tuple[float, float, float]:
    return median(values), min(values), max(values)


def number(value: float, column: Column) -> str:
    return f"{value:,.{column.decimals}f}".replace(",", " ")


def change(now: list[float], before: list[float], column: Column) -> str:
    """Called better or worse only where the runs of both sides do not overlap, and there are enough
    of them to say so."""
    if not before:
        return "new"
    text = f"{100 * (median(now) / median(before) - 1):+.1f} %"
    if min(len(now), len(before)) < ENOUGH_RUNS:
        return f"{text} (few runs)"
    if max(now) >= min(before) and min(now) <= max(before):
        return f"{text} (within spread)"
    return f"{text} {'better' if (min(now) > max(before)) == column.more_is_better else 'worse'}"


def aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        name = row[0].ljust(widths[0])
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  " + "  ".join([name, *cells]).rstrip())
    return "\n".join(lines)
