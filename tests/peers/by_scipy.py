"""SciPy: the chain of order k as a sparse matrix, and every removal at once by BiCGSTAB over blocks of channels.

A sparse LU of each removal fills in; the whole inverse does not fit at order 3. The chain leaves its states fast (a
journey goes on seven times in ten), so a Krylov method ends at the last bits after a dozen steps. Two threads take
the blocks: SciPy's and NumPy's loops let go of the interpreter.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy
import scipy.sparse as sp

from by_numpy import paths, shared

TOOL, VERSION = "scipy", scipy.__version__
BLOCK, THREADS, ENOUGH = 10, 2, 1e-14


def chain(w, order):
    """Q, r, the start, and the touches of each state (of the states visited), with the conversions and their value.

    The code of a state is its last k channels in base channels + 1, where the digit 0 stands for no touch: a path
    shorter than k is a state of its own. A path of k touches or more visits a state at each touch from its k-th.
    """
    path, opens, ends, won, value = paths(w)
    base = w.channels + 1
    digit = path.astype(np.int32) + 1
    place = np.arange(len(path), dtype=np.int32) - np.repeat(opens.astype(np.int32), ends - opens + 1)
    closes = np.zeros(len(path), bool)
    closes[ends] = True
    code = digit.copy()
    for back in range(1, order):
        code[back:] += np.where(place[back:] >= back, digit[:-back] * np.int32(base**back), 0)
    visited = (place >= order - 1) | closes
    code, closes = code[visited], closes[visited]
    seen = np.zeros(base**order, bool)
    seen[code] = True
    names = np.flatnonzero(seen)
    number = np.cumsum(seen, dtype=np.int32) - 1
    state, n = number[code], len(names)
    on = ~closes[:-1]
    moves = sp.coo_array((np.ones(np.count_nonzero(on)), (state[:-1][on], state[1:][on])), shape=(n, n)).tocsr()
    left = np.bincount(state, minlength=n)
    moves.data /= np.repeat(left, np.diff(moves.indptr))
    r = np.bincount(state[closes][won], minlength=n) / left
    start = np.bincount(state[np.r_[True, closes[:-1]]], minlength=n) / closes.sum()
    digits = np.stack([names // base**back % base for back in range(order)]) - 1
    return moves, r, start, digits, won, value


def bicgstab(multiply, right, x):
    """BiCGSTAB (van der Vorst 1992) for several right-hand sides; a column that is done no longer moves."""
    dot = lambda a, b: np.einsum("ij,ij->j", a, b)  # noqa: E731
    over = lambda a, b: np.divide(a, b, out=np.zeros_like(a), where=b != 0)  # noqa: E731
    r = right - multiply(x)
    shadow, p = r.copy(), r.copy()
    rho, goal = dot(shadow, r), ENOUGH * np.sqrt(dot(right, right)).max()
    for _ in range(200):
        live = np.sqrt(dot(r, r)) > goal
        if not live.any():
            break
        v = multiply(p)
        alpha = over(rho, dot(shadow, v)) * live
        r -= alpha * v
        t = multiply(r)
        omega = over(dot(t, r), dot(t, t)) * live
        x += alpha * p
        x += omega * r
        r -= omega * t
        rho, before = dot(shadow, r), rho
        p -= omega * v
        p *= over(rho * alpha, before * omega)
        p += r
    return x


def probabilities(moves, r, start, digits, channels, b=None):
    """P(conversion) without each of the channels, in one block; -1 takes nothing away."""
    keep = np.ones((len(r), len(channels)))
    for i, channel in enumerate(channels):
        if channel >= 0:
            keep[(digits == channel).any(0), i] = 0
    guess = (b[:, None] if b is not None else r[:, None]) * keep
    b = bicgstab(lambda x: x - keep * (moves @ x), r[:, None] * keep, guess)
    return start @ b, b


def markov(w, order):
    """RE(c) = 1 - P(conversion when c leads to null) / P(conversion) (Anderl et al. 2016), order k."""
    moves, r, start, digits, won, value = chain(w, order)
    (whole,), b = probabilities(moves, r, start, digits, [-1])
    blocks = [range(c, min(c + BLOCK, w.channels)) for c in range(0, w.channels, BLOCK)]
    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(lambda block: probabilities(moves, r, start, digits, block, b[:, 0])[0], blocks)
        effects = 1 - np.concatenate(list(parts)) / whole
    return shared(f"markov{order}", effects, won, value)


def prepare(w):
    return {"markov2": lambda: markov(w, 2), "markov3": lambda: markov(w, 3)}
