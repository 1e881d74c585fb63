"""Polars: one lazy plan a task, all cores it finds."""

import polars as pl

from workload import DIRECT, HALF_LIFE, SIX, WINDOW, table

TOOL, VERSION = "polars", pl.__version__


def counted(touches, conversions):
    """The touches that count, each with its conversion."""
    return touches.join(conversions, on="journey").filter(
        (pl.col("ts") <= pl.col("end")) & (pl.col("ts") + WINDOW >= pl.col("end"))
    )


def totals(frame, models):
    """Conversions and value by channel, ready to collect."""
    sums = [e for m in models for e in (pl.col(m).sum(), (pl.col(m) * pl.col("value")).sum().alias(f"{m}_value"))]
    return frame.group_by("channel").agg(sums)


def heuristics6(touches, conversions):
    """Sorted by time and place in the log, weights by conversion."""
    n, i, power = pl.col("n"), pl.col("i"), pl.col("power")
    named = pl.when(pl.col("channel") != DIRECT).then(pl.col("i")).max()
    sorted_ = (
        counted(touches, conversions)
        .sort("ts", "place")
        .with_columns(power=pl.lit(2.0).pow((pl.col("ts").cast(pl.Int64) - pl.col("end")) / HALF_LIFE))
        .with_columns(
            i=pl.int_range(pl.len(), dtype=pl.UInt32).over("id"),
            n=pl.len().over("id"),
            powers=power.sum().over("id"),
        )
        .with_columns(named=named.over("id").fill_null(n - 1))
    )
    weighed = sorted_.with_columns(
        first=(i == 0).cast(pl.Float64),
        last=(i == n - 1).cast(pl.Float64),
        last_non_direct=(i == pl.col("named")).cast(pl.Float64),
        linear=1 / n,
        u=pl.when(n < 3).then(1 / n).when((i == 0) | (i == n - 1)).then(0.4).otherwise(0.2 / (n.cast(pl.Int64) - 2)),
        time_decay=power / pl.col("powers"),
    )
    return totals(weighed, SIX)


def shapley(touches, conversions):
    """Distinct channels of each conversion share it equally (arXiv 1804.05327).

    Pairs of conversion and channel packed into one number, sorted; what repeats goes, runs give the sizes of the sets.
    """
    value = conversions.select("value").collect()["value"]
    pair = pl.col("id") * 64 + pl.col("channel").cast(pl.UInt32)
    packed = counted(touches, conversions).select(pair=pair).collect()["pair"].sort()
    packed = packed.filter((packed != packed.shift(1)).fill_null(True))
    pairs = pl.DataFrame({"id": packed // 64, "channel": packed % 64})
    sizes = pairs["id"].rle().struct.unnest()
    share = pl.zeros(len(value), dtype=pl.Float64, eager=True).scatter(sizes["value"], 1 / sizes["len"])
    at = pl.col("id")
    return totals(pairs.lazy().with_columns(shapley=pl.lit(share).gather(at), value=pl.lit(value).gather(at)), ["shapley"])


def prepare(w):
    touches = pl.DataFrame({"journey": w.journey, "ts": w.ts, "channel": w.channel}).with_row_index("place").lazy()
    conversions = (
        pl.DataFrame({"journey": w.conv_journey, "end": w.conv_ts, "value": w.conv_value}).with_row_index("id").lazy()
    )
    return {
        "heuristics6": lambda: table(heuristics6(touches, conversions).collect().rows(), w.channels, SIX),
        "shapley": lambda: table(shapley(touches, conversions).collect().rows(), w.channels, ["shapley"]),
    }
