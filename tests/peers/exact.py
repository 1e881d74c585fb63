"""Exact credit by channel for tests/vectors/paths.csv, written to tests/vectors/paths-exact.json.

    python3 tests/peers/exact.py [FILE]

Needs numpy and scipy. Independent of the engine: whole numbers and fractions wherever the model allows it, a
sparse linear solve in extended precision for Markov (chain.py), each result checked by a second method.
"""

import csv
import json
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

sys.dont_write_bytecode = True  # what follows is ours and small

from chain import Chain, markov, rational, removal_effects, share_containing  # noqa: E402

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
SOURCE = (
    "tests/peers/exact.py on tests/vectors/paths.csv (from the MIT-licensed package `mta`): exact fractions, and for "
    "Markov sparse LU with refinement in extended precision; removal effects by redirect to null (Anderl et al. 2016)"
)


def first(n):
    """1 on the first touch (common)."""
    return [Fraction(int(i == 0)) for i in range(n)]


def last(n):
    """1 on the last touch (common)."""
    return [Fraction(int(i == n - 1)) for i in range(n)]


def linear(n):
    """1/n on each touch (common)."""
    return [Fraction(1, n)] * n


def position_u(n):
    """40 on the ends, 20 spread over the middle (Google, HubSpot); 1 touch: 1; 2 touches: a half each."""
    if n < 3:
        return linear(n)
    return [Fraction(2, 5), *[Fraction(1, 5 * (n - 2))] * (n - 2), Fraction(2, 5)]


HEURISTICS = {"first": first, "last": last, "linear": linear, "u": position_u}


def shapley(path):
    """Weights by channel: an equal share for each distinct channel (Zhao, Mahboobi, Bagheri 2018, arXiv 1804.05327)."""
    distinct = set(path)
    return {c: Fraction(1, len(distinct)) for c in distinct}


def read(file):
    """The channels, sorted, and the rows as (path of channel numbers, conversions, value, nulls)."""
    with open(file, newline="") as lines:
        rows = [(tuple(r["path"].split(" > ")), r) for r in csv.DictReader(lines)]
    channels = sorted({c for path, _ in rows for c in path})
    number = {c: i for i, c in enumerate(channels)}
    return channels, [
        (
            tuple(number[c] for c in path),
            int(r["total_conversions"]),
            Fraction(float(r["total_conversion_value"])),
            int(r["total_null"]),
        )
        for path, r in rows
    ]


def credited(rows, channels, weights):
    """Conversions and value by channel, where `weights(path)` gives pairs of channel and weight."""
    conversions, value = [Fraction(0)] * channels, [Fraction(0)] * channels
    for path, times, worth, _ in rows:
        for c, weight in weights(path):
            conversions[c] += weight * times
            value[c] += weight * worth
    assert sum(conversions) == sum(r[1] for r in rows) and sum(value) == sum(r[2] for r in rows)
    return {"conversions": [float(x) for x in conversions], "value": [float(x) for x in value]}


def compact(record):
    """JSON with one model a line; floats in the fewest digits, 17 at most, that give the same double back."""
    head = {k: v for k, v in record.items() if k != "models"}
    lines = [f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}," for k, v in head.items()]
    models = [f"    {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in record["models"].items()]
    return "\n".join(["{", *lines, '  "models": {', ",\n".join(models), "  }", "}"]) + "\n"


def small_cases():
    """The worked examples of the definitions, by the same code."""
    g, m = 0, 1
    paths = [((g,), 2, 1), ((m,), 1, 0), ((g, m), 1, 0)]
    p, effects = removal_effects(paths, 1, 2)
    assert rational(paths) == Fraction(4, 5) and abs(float(p) - 0.8) < 1e-16
    assert [float(e) for e in effects] == [0.75, 0.5]
    assert markov(paths, 1, 2, 4, 4)["conversions"] == [2.4, 1.6]
    paths = [((0, 1, 2), 1, 0), ((0,), 0, 1), ((1, 2), 0, 1)]
    assert [float(e) for e in removal_effects(paths, 1, 3)[1]] == [0.5, 1.0, 1.0]
    assert markov(paths, 3, 3, 1, 1)["conversions"] == [1 / 3] * 3
    rows = [((0,), 10, Fraction(0), 0), ((0, 1), 6, Fraction(0), 0), ((1, 2), 4, Fraction(0), 0)]
    rows.append(((0, 1, 2), 3, Fraction(0), 0))
    assert credited(rows, 3, lambda path: shapley(path).items())["conversions"] == [14.0, 6.0, 3.0]
    assert position_u(5) == [Fraction(2, 5)] + [Fraction(1, 15)] * 3 + [Fraction(2, 5)]


def known(record):
    """The numbers that the definitions print, to the digits printed."""
    at = {c: i for i, c in enumerate(record["channels"])}
    models = ["first", "last", "linear", "u", "shapley", "markov1"]
    for channel, numbers in {
        "alpha": [6308, 8447, 7574.72, 7444.82, 7627.94, 5344.95],
        "beta": [2831, 989, 2083.50, 1969.77, 1982.74, 2527.35],
        "eta": [3164, 4167, 3539.95, 3618.80, 3613.66, 3340.85],
        "iota": [4606, 3355, 3857.10, 3944.95, 3505.04, 3884.61],
        "delta": [1, 5, 1.72, 2.59, 2.29, 4.61],
    }.items():
        for model, number in zip(models, numbers):
            found = record["models"][model]["conversions"][at[channel]]
            assert abs(found - number) <= 0.005 + 1e-9, (channel, model, found)
    # The printed probability is one bit above 19785/88387 rounded once, which is what the record holds.
    assert record["p_conversion"] == 19785 / 88387 and abs(record["p_conversion"] - 0.2238451355968638) < 3e-17
    assert abs(record["models"]["markov1"]["removal_effect"][at["alpha"]] - 0.5583994895077468) < 2e-16


def order_past_the_longest(paths, channels):
    """At an order no path is longer than, RE(c) is the share of the conversions whose path contains c."""
    longest = max(len(p[0]) for p in paths)
    found = removal_effects(paths, longest, channels, check=False)[1]
    for effect, share in zip(found, share_containing(paths, channels)):
        assert abs(float(effect) - share) < 1e-15, (effect, share)


def main(file):
    small_cases()
    channels, rows = read(VECTORS / "paths.csv")
    merged = defaultdict(lambda: [0, 0])
    for path, times, _, null in rows:
        merged[path][0] += times
        merged[path][1] += null
    paths = [(path, times, null) for path, (times, null) in merged.items()]
    n, conversions, value = len(channels), sum(r[1] for r in rows), float(sum(r[2] for r in rows))
    models = {
        name: credited(rows, n, lambda path, by=by: zip(path, by(len(path)))) for name, by in HEURISTICS.items()
    }
    models["shapley"] = credited(rows, n, lambda path: shapley(path).items())
    for order in range(1, 5):
        models[f"markov{order}"] = markov(paths, order, n, conversions, value)
        print(f"order {order}: {len(Chain(paths, order).names)} states", file=sys.stderr)
    order_past_the_longest(paths, n)
    ps = [models[f"markov{order}"].pop("p_conversion") for order in range(1, 5)]
    assert len(set(ps)) == 1, ps
    record = {"source": SOURCE, "channels": channels, "p_conversion": ps[0], "models": models}
    known(record)
    Path(file).write_text(compact(record))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else VECTORS / "paths-exact.json")
