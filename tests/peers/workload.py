"""The arrays of a workload in memory, and what the six heuristics are called everywhere here."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

DAY = 86400
WINDOW, HALF_LIFE, DIRECT = 30 * DAY, 7 * DAY, 0
SIX = ("first", "last", "last_non_direct", "linear", "u", "time_decay")


@dataclass
class Workload:
    """Raw columns in log order, and how many channels and journeys they speak of."""

    journey: np.ndarray
    ts: np.ndarray
    channel: np.ndarray
    conv_journey: np.ndarray
    conv_ts: np.ndarray
    conv_value: np.ndarray
    channels: int = 50

    @cached_property
    def journeys(self):
        return int(max(self.journey.max(), self.conv_journey.max())) + 1


def load(folder):
    """Reads the arrays that gen_touches.py writes."""
    names = ("touch_journey.u32", "touch_ts.u32", "touch_channel.u8", "conv_journey.u32", "conv_ts.u32", "conv_value.f64")
    types = ("<u4", "<u4", "u1", "<u4", "<u4", "<f8")
    return Workload(*(np.fromfile(Path(folder) / name, kind) for name, kind in zip(names, types)))


def table(rows, channels, models):
    """Rows of (channel, conversions and value of each model) as credits by model."""
    made = {m: {"conversions": [0.0] * channels, "value": [0.0] * channels} for m in models}
    for channel, *numbers in rows:
        for i, model in enumerate(models):
            made[model]["conversions"][channel] = float(numbers[2 * i])
            made[model]["value"][channel] = float(numbers[2 * i + 1])
    return made
