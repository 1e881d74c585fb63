"""Exact credit by channel for a small event log, written to tests/vectors/touches-400/exact.json.

    python3 tests/peers/gen_touches.py 400 tests/vectors/touches-400    # the arrays, the same bytes on any machine
    python3 tests/peers/exact_touches.py [DIR]

As plain as it gets: a loop over conversions, and over each one's journey. Fractions, and 50 digits for the powers
of time decay; Markov by chain.py.
"""

import json
import sys
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.dont_write_bytecode = True

from chain import markov  # noqa: E402
from exact import VECTORS, compact, first, last, linear, position_u, shapley  # noqa: E402

getcontext().prec = 50
DAY = 86400
WINDOW, HALF_LIFE, DIRECT, CHANNELS = 30 * DAY, 7 * DAY, 0, 50
SOURCE = (
    "tests/peers/exact_touches.py on the arrays beside this file (gen_touches.py 400): a naive loop in fractions, "
    "50 digits for the powers of time decay, and for Markov sparse LU with refinement in extended precision"
)


def load(folder):
    """The arrays as lists: touches (journey, time, channel) and conversions (journey, time, value), in log order."""
    names = ("touch_journey.u32", "touch_ts.u32", "touch_channel.u8", "conv_journey.u32", "conv_ts.u32", "conv_value.f64")
    types = ("<u4", "<u4", "u1", "<u4", "<u4", "<f8")
    columns = [np.fromfile(Path(folder) / name, kind).tolist() for name, kind in zip(names, types)]
    return list(zip(*columns[:3])), list(zip(*columns[3:]))


def journeys(touches):
    """The touches of each journey as (time, channel), in time order; ties keep the order of the log."""
    of = {}
    for journey, time, channel in touches:
        of.setdefault(journey, []).append((time, channel))
    return {journey: sorted(own, key=lambda touch: touch[0]) for journey, own in of.items()}


def counted(own, conversion):
    """The touches that count: 0 <= conversion - touch <= window, both ends."""
    return [(time, channel) for time, channel in own if 0 <= conversion - time <= WINDOW]


def last_non_direct(path):
    """1 on the last touch that is not direct; on the last if all are (Google Analytics)."""
    named = [i for i, channel in enumerate(path) if channel != DIRECT]
    at = named[-1] if named else len(path) - 1
    return [Fraction(int(i == at)) for i in range(len(path))]


def time_decay(ages):
    """2^(-age / half-life), normalised (Google)."""
    powers = [Fraction(Decimal(2) ** (Decimal(-age) / HALF_LIFE)) for age in ages]
    return [power / sum(powers) for power in powers]


def weights(own, conversion):
    """By model, the weight of each counted touch; Shapley's as if on the first touch of each channel."""
    path = [channel for _, channel in own]
    share = shapley(path)
    return {
        "first": first(len(path)),
        "last": last(len(path)),
        "last_non_direct": last_non_direct(path),
        "linear": linear(len(path)),
        "u": position_u(len(path)),
        "time_decay": time_decay([conversion - time for time, _ in own]),
        "shapley": [share[c] if c not in path[:i] else Fraction(0) for i, c in enumerate(path)],
    }


def credit(of, conversions):
    """Conversions and value by model and channel, with the paths of the conversions that have one."""
    models, paths, value = {}, [], Fraction(0)
    for journey, time, worth in conversions:
        own = counted(of.get(journey, []), time)
        if not own:
            continue
        paths.append(tuple(channel for _, channel in own))
        value += Fraction(worth)
        for model, each in weights(own, time).items():
            kept = models.setdefault(model, ([Fraction(0)] * CHANNELS, [Fraction(0)] * CHANNELS))
            for channel, weight in zip(paths[-1], each):
                kept[0][channel] += weight
                kept[1][channel] += weight * Fraction(worth)
    for conversions_of, value_of in models.values():
        assert sum(conversions_of) == len(paths) and sum(value_of) == value
    floats = {
        model: {"conversions": [float(x) for x in kept[0]], "value": [float(x) for x in kept[1]]}
        for model, kept in models.items()
    }
    return floats, paths, float(value)


def hand_worked():
    """The worked examples of time decay, and the ends of the window."""
    assert [round(float(w), 12) for w in time_decay([28 * DAY, 21 * DAY, 14 * DAY, 7 * DAY])] == [
        round(n / 15, 12) for n in (1, 2, 4, 8)
    ]
    money = [round(float(w) * 12000, 2) for w in time_decay([d * DAY for d in (38, 33, 26, 8, 0)])]
    assert money == [175.20, 287.44, 574.88, 3417.04, 7545.45], money
    own = [(0, 1), (1, 2), (1 + WINDOW, 3), (2 + WINDOW, 4)]
    assert counted(own, 1 + WINDOW) == own[1:3]


def main(folder):
    hand_worked()
    touches, conversions = load(folder)
    of = journeys(touches)
    models, paths, value = credit(of, conversions)
    converted = {journey for journey, _, _ in conversions}
    every = [(path, 1, 0) for path in paths]
    every += [(tuple(c for _, c in own), 0, 1) for journey, own in of.items() if journey not in converted]
    for order in range(1, 5):
        models[f"markov{order}"] = markov(every, order, CHANNELS, len(paths), value)
    record = {
        "source": SOURCE,
        "channels": list(range(CHANNELS)),
        "window_seconds": WINDOW,
        "half_life_seconds": HALF_LIFE,
        "attributed": len(paths),
        "unattributed": len(conversions) - len(paths),
        "attributed_value": value,
        "models": models,
    }
    (Path(folder) / "exact.json").write_text(compact(record))
    print(json.dumps({k: v for k, v in record.items() if k not in ("models", "channels", "source")}), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else VECTORS / "touches-400")
