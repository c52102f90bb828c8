"""Randomness with names: every use of chance in a run draws from a stream of its own.

A stream is keyed by the run's seed and its name, so a new stakeholder or a new use of chance leaves all other draws as they
were, and two runs with the same seed differ by their parameters alone (common random numbers).

Streams of a run, with ``SEAT`` and ``OTHER`` for names of seats:

==============================  ==========================================================================
``SEAT weights``                true private weights, uniform in their box
``SEAT belief about OTHER``     the prior draw, or the hypotheses, about the other's weights
``SEAT tactic``                 which tactic of the mixture
``SEAT tactic PARAMETER``       a parameter of the tactic, uniform in its range
``SEAT floor``                  share of the attainable gain insisted on
``SEAT line``                   strength of the public line
``SEAT extension``              believed chance that the deadline is moved
``SEAT hope``                   share of the attainable gain hoped for from a moved deadline
``deadline``                    whether, and to which date, the deadline is moved
``SEAT principal``              whether the seat's principal re-opens a deal of the second phase
``ratification stance``         how the vote at home is really disposed, uniform in its range
``ratification``                whether a signed package that needs the vote passes
==============================  ==========================================================================
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from negosim.errors import NegosimError


class Streams:
    """Uniform numbers by name.

    Parameters
    ----------
    seed : int
        Any whole number from 0 up, NumPy's included.

    Examples
    --------
    >>> Streams(1).uniform("letter") == Streams(1).uniform("letter")
    True
    >>> Streams(1).uniform("letter") == Streams(1).uniform("tactic")
    False
    """

    def __init__(self, seed: object) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise NegosimError(f"seed: found {seed!r}, allowed: a whole number from 0 up")
        self.seed = int(seed)

    def uniforms(self, name: str, *shape: int) -> NDArray[np.float64]:
        """Return numbers uniform on [0, 1) from the beginning of a stream; asking again returns the same ones."""
        key = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
        sequence = np.random.SeedSequence(self.seed, spawn_key=tuple(key.tolist()))
        return np.random.Generator(np.random.PCG64(sequence)).random(shape)

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """Return the first number of a stream, scaled to a range; no stream is opened for an empty range."""
        if low == high:
            return low
        return low + (high - low) * float(self.uniforms(name, 1)[0])
