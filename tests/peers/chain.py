"""The absorbing chain of a set of paths and its removal effects, solved twice by methods that share no code.

Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey: Lessons learned from graph-based online
attribution modeling", IJRM 33 (2016): a state of order k is the last k touches; removing a channel sends every
state that contains it to null; RE(c) = 1 - P(conversion without c) / P(conversion).

A set of paths is a list of (tuple of channel numbers, converting times, null times).
"""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu


def states(path, order):
    """The states that a path visits: itself if it is no longer than the order, else its sliding windows."""
    if len(path) <= order:
        return [path]
    return [path[i : i + order] for i in range(len(path) - order + 1)]


class Chain:
    """Counted transitions: between states, from the start, to conversion, out of a state in all."""

    def __init__(self, paths, order):
        self.names = {}
        self.moves, self.start = defaultdict(int), defaultdict(int)
        self.won, self.left = defaultdict(int), defaultdict(int)
        self.journeys = 0
        for path, converting, null in paths:
            times = converting + null
            if times == 0 or not path:
                continue
            visited = [self.names.setdefault(s, len(self.names)) for s in states(path, order)]
            self.journeys += times
            self.start[visited[0]] += times
            for a, b in zip(visited, visited[1:]):
                self.moves[a, b] += times
                self.left[a] += times
            self.won[visited[-1]] += converting
            self.left[visited[-1]] += times

    def with_channel(self, channel):
        """A mask of the states that contain the channel."""
        return np.array([channel in name for name in self.names], dtype=bool)


def solve(chain, removed=None):
    """P(conversion), as (D - C) b = w: counts D out of each state, C between states, w to conversion.

    With b the probability of conversion from a state this is (I - Q) b = r with each row times its count, so that
    the matrix holds whole numbers and is exact. Sparse LU, then refinement against residuals in extended
    precision (Wilkinson 1963) until the last bits of a double are right.
    """
    n = len(chain.names)
    keep = np.ones(n, bool) if removed is None else ~removed
    if not keep.any():
        return np.longdouble(0)
    pairs = np.array(list(chain.moves.keys()), dtype=np.int64).reshape(-1, 2)
    counts = np.array(list(chain.moves.values()), dtype=np.float64)
    left = np.array([chain.left[i] for i in range(n)], dtype=np.float64)
    won = np.array([chain.won[i] for i in range(n)], dtype=np.float64)
    start = np.array([chain.start[i] for i in range(n)], dtype=np.float64)
    full = sp.diags_array(left) - sp.coo_array((counts, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    kept = full.tocsr()[keep][:, keep]
    exact, lu = kept.astype(np.longdouble), splu(kept.tocsc())
    right = won[keep].astype(np.longdouble)
    b = np.zeros(len(right), np.longdouble)
    for _ in range(6):
        b = b + lu.solve((right - exact @ b).astype(np.float64))
    return (start[keep].astype(np.longdouble) @ b) / chain.journeys


def push(chain, removed=None, least=1e-19):
    """P(conversion) again, from the other end: mass of 1 enters at the start and flows until nothing is left."""
    n = len(chain.names)
    pairs = np.array(list(chain.moves.keys()), dtype=np.int64).reshape(-1, 2)
    left = np.array([chain.left[i] for i in range(n)], dtype=np.float64)
    chance = np.array(list(chain.moves.values()), dtype=np.float64) / left[pairs[:, 0]] if len(pairs) else np.zeros(0)
    flow = sp.coo_array((chance, (pairs[:, 1], pairs[:, 0])), shape=(n, n)).tocsr()
    out = np.array([chain.won[i] for i in range(n)], dtype=np.float64) / left
    mass = np.array([chain.start[i] for i in range(n)], dtype=np.float64) / chain.journeys
    won = 0.0
    while mass.sum() > least:
        if removed is not None:
            mass[removed] = 0.0
        won += mass @ out
        mass = flow @ mass
    return won


def rational(paths, channel=None):
    """P(conversion) of order 1 in fractions: states eliminated one by one (Gauss), nothing is rounded."""
    rows, total = defaultdict(lambda: defaultdict(Fraction)), 0
    for path, converting, null in paths:
        stops = ("start", *path)
        for a, b in zip(stops, stops[1:]):
            rows[a][b] += converting + null
        rows[stops[-1]]["won"] += converting
        rows[stops[-1]]["null"] += null
    for state, row in rows.items():
        total = sum(row.values())
        rows[state] = {to: Fraction(times, total) for to, times in row.items() if times}
    for gone in [s for s in rows if s != "start"]:
        through = {} if gone == channel else rows.pop(gone)
        rows.pop(gone, None)
        again = 1 / (1 - through.pop(gone, Fraction(0)))
        for row in rows.values():
            into = row.pop(gone, None)
            for to, chance in through.items() if into else ():
                row[to] = row.get(to, Fraction(0)) + into * again * chance
    return rows["start"].get("won", Fraction(0))


def removal_effects(paths, order, channels, check=True):
    """(P(conversion), RE by channel number) of the paths, cross-checked by `push` and the observed rate."""
    chain = Chain(paths, order)
    whole = solve(chain)
    observed = sum(p[1] for p in paths if p[0]) / chain.journeys
    assert abs(float(whole) - observed) < 1e-14, (float(whole), observed)
    effects = []
    for channel in range(channels):
        gone = chain.with_channel(channel)
        effect = 1 - solve(chain, gone) / whole if gone.any() else np.longdouble(0)
        effects.append(effect)
        if check:
            again = 1 - push(chain, gone) / push(chain)
            assert abs(float(effect) - again) < 1e-12, (order, channel, effect, again)
        if check and order == 1 and gone.any():
            exact = 1 - rational(paths, channel) / rational(paths)
            assert abs(float(effect) - float(exact)) < 2e-16, (channel, effect, float(exact))
    return whole, effects


def share_containing(paths, channels):
    """The share of the conversions whose path contains each channel: RE at an order >= the longest path."""
    total = sum(p[1] for p in paths)
    return [sum(p[1] for p in paths if c in p[0]) / total for c in range(channels)]


def markov(paths, order, channels, conversions, value):
    """The record of one order: P(conversion), removal effects, and what each channel is credited by its share."""
    p, effects = removal_effects(paths, order, channels)
    total = sum(effects)
    return {
        "p_conversion": float(p),
        "removal_effect": [float(e) for e in effects],
        "conversions": [float(e / total * np.longdouble(conversions)) for e in effects],
        "value": [float(e / total * np.longdouble(value)) for e in effects],
    }
