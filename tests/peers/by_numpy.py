"""NumPy: gathers by journey, sorts of packed keys, sums by bin; one inverse for Markov of order 1."""

from dataclasses import replace

import numpy as np

from workload import DIRECT, HALF_LIFE, SIX, WINDOW

TOOL, VERSION = "numpy", np.__version__


def by_channel(w, channel, weight, value):
    """Conversions and value by channel."""
    return {
        "conversions": np.bincount(channel, weight, w.channels),
        "value": np.bincount(channel, weight * value, w.channels),
    }


def conversion_of(w):
    """The number of each journey's conversion, past the end without one. One conversion a journey, as the log has."""
    of = np.full(w.journeys, len(w.conv_ts), np.int32)
    of[w.conv_journey] = np.arange(len(w.conv_ts), dtype=np.int32)
    return of


def counted(w):
    """The touches that count and their conversions, in log order; a time of 0 stands for no conversion."""
    when = np.zeros(w.journeys, np.uint32)
    when[w.conv_journey] = w.conv_ts
    # Unsigned: a touch after the conversion, or of no conversion, is far outside the window.
    touch = np.flatnonzero(when.take(w.journey) - w.ts <= WINDOW)
    return touch, conversion_of(w).take(w.journey[touch])


def grouped(group, place):
    """Groups and places in order of both: packed keys sort faster (vectorised) than any stable argsort."""
    key = (group.astype(np.uint64) << np.uint64(32)) | place.astype(np.uint64)
    key.sort()
    return (key >> np.uint64(32)).astype(np.uint32), (key & np.uint64(0xFFFFFFFF)).astype(np.int64)


def in_time_order(w):
    """The log with ascending times, ties as they were; as it is when it is so already."""
    if np.all(w.ts[1:] >= w.ts[:-1]):
        return w
    order = np.argsort(w.ts, kind="stable")
    return replace(w, journey=w.journey[order], ts=w.ts[order], channel=w.channel[order])


def heuristics6(w):
    """All six over the counted touches, sorted by conversion, time and place in the log."""
    w = in_time_order(w)
    touch, conv = counted(w)
    conv, touch = grouped(conv, touch)
    n = len(conv)
    head = np.flatnonzero(np.r_[True, conv[1:] != conv[:-1]])
    size = np.diff(np.r_[head, n])
    tail = head + size - 1
    channel, value = w.channel[touch].astype(np.intp), w.conv_value[conv]
    power = np.exp2((w.ts[touch].astype(np.int64) - w.conv_ts[conv]) / HALF_LIFE)
    named = np.maximum.reduceat(np.where(channel != DIRECT, np.arange(n), -1), head)
    each = value[head]
    u = np.repeat(np.where(size < 3, 1 / size, 0.2 / np.maximum(size - 2, 1)), size)
    u[head[size > 2]] = u[tail[size > 2]] = 0.4
    credits = {}
    for model, at in zip(SIX, (head, tail, np.where(named < 0, tail, named))):
        credits[model] = by_channel(w, channel[at], np.ones(len(at)), each)
    credits["linear"] = by_channel(w, channel, np.repeat(1 / size, size), value)
    credits["u"] = by_channel(w, channel, u, value)
    decay = power / np.repeat(np.add.reduceat(power, head), size)
    credits["time_decay"] = by_channel(w, channel, decay, value)
    return credits


def shapley(w):
    """A table of conversions by channels seen; the channels of a row share it equally (arXiv 1804.05327)."""
    touch, conv = counted(w)
    seen = np.zeros(len(w.conv_ts) * w.channels, bool)
    seen[conv * np.int32(w.channels) + w.channel[touch]] = True
    conv, channel = np.divmod(np.flatnonzero(seen), w.channels)
    share = 1 / np.maximum(np.bincount(conv, minlength=len(w.conv_ts)), 1)
    return {"shapley": by_channel(w, channel, share[conv], w.conv_value[conv])}


def paths(w):
    """The paths one after another: channels, where each opens and closes, whether it converts.

    Journey, place in the log (24 bits) and channel (8 bits) in one key, sorted. Also the value of the conversions that
    have a counted touch.
    """
    w = in_time_order(w)
    assert len(w.ts) < 1 << 24
    when = np.zeros(w.journeys, np.uint32)
    when[w.conv_journey] = w.conv_ts
    end = when.take(w.journey)
    key = w.journey.astype(np.uint64) << np.uint64(32)
    key |= np.arange(len(w.ts), dtype=np.uint64) << np.uint64(8)
    key |= w.channel
    key = key[(end == 0) | (end - w.ts <= WINDOW)]
    key.sort()
    journey = (key >> np.uint64(32)).astype(np.uint32)
    closes = np.r_[np.flatnonzero(journey[1:] != journey[:-1]), len(journey) - 1]
    opens = np.r_[0, closes[:-1] + 1]
    won = when[journey[closes]] != 0
    credited = np.zeros(w.journeys, bool)
    credited[journey[closes[won]]] = True
    return key.astype(np.uint8), opens, closes, won, w.conv_value[credited[w.conv_journey]].sum()


def shared(name, effects, won, value):
    """The credits of a Markov model: the share of each channel times conversions, and times their value."""
    share = effects / effects.sum()
    return {name: {"conversions": share * won.sum(), "value": share * value, "removal_effect": effects}}


def markov1(w):
    """RE(c) = N[s,c] b[c] / (N[c,c] b[s]) with N = (I - Q)^-1: one inverse for every channel (Anderl et al. 2016)."""
    path, opens, closes, won, value = paths(w)
    n = w.channels
    step = path[:-1].astype(np.uint16) * np.uint16(n) + path[1:]
    across = np.bincount(step[closes[:-1]], minlength=n * n)
    moves = (np.bincount(step, minlength=n * n) - across).reshape(n, n).astype(float)
    ends = path[closes]
    left = np.maximum(moves.sum(1) + np.bincount(ends, minlength=n), 1)
    inverse = np.linalg.inv(np.eye(n) - moves / left[:, None])
    b = inverse @ (np.bincount(ends[won], minlength=n) / left)
    visits = (np.bincount(path[opens], minlength=n) / len(ends)) @ inverse
    p = np.bincount(path[opens], minlength=n) @ b / len(ends)
    return shared("markov1", visits * b / (np.diag(inverse) * p), won, value)


def prepare(w):
    return {
        "heuristics6": lambda: heuristics6(w),
        "shapley": lambda: shapley(w),
        "markov1": lambda: markov1(w),
    }
