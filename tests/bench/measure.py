"""Timing in turn: each round runs every job in a short burst, so that whatever the machine does hits them all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter_ns

Job = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """One line of the report: a time, what it is compared with, and the bound that the issue sets, if any."""

    name: str
    micros: float
    base: str
    base_micros: float
    bound: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """How many times the base it takes."""
        return self.micros / self.base_micros

    @property
    def verdict(self) -> str:
        """Whether the bound is reached."""
        if self.bound is None:
            return ""
        reached = self.ratio >= self.bound if self.at_least else self.ratio <= self.bound
        return "reached" if reached else "not reached"


def time_in_turn(
    jobs: Mapping[str, Job],
    *,
    rounds: int = 60,
    burst: int = 8,
    repeat: int = 1,
    prepare: Callable[[], None] | None = None,
) -> dict[str, float]:
    """Return microseconds per call by name: the median of the fastest third of the measurements.

    In each round a job is measured ``burst`` times, so that it does not pay for what its neighbour left in the
    processor. ``repeat`` calls make one measurement, for jobs too short for the clock; ``prepare`` runs untimed before
    each.
    """
    samples: dict[str, list[float]] = {name: [] for name in jobs}
    gc.collect()
    for _ in range(rounds):
        for name, job in jobs.items():
            for _ in range(burst):
                if prepare is not None:
                    prepare()
                begin = perf_counter_ns()
                for _ in range(repeat):
                    job()
                samples[name].append((perf_counter_ns() - begin) / repeat / 1000)
    return {name: sorted(values)[len(values) // 6] for name, values in samples.items()}
