"""Buckets and quantiles as integers decide them, and how far an estimate may be from the exact one."""

from __future__ import annotations

import math
from fractions import Fraction

ZERO_BUCKET = -32768
ERROR_BOUND = 0.0055


def exact_bucket(duration: int) -> int:
    """2^(i/64) < d <= 2^((i+1)/64) says the same as 2^i < d^64 <= 2^(i+1), which integers decide."""
    return (duration**64 - 1).bit_length() - 1 if duration > 0 else ZERO_BUCKET


def nearest_rank(durations: list[int], q: str) -> int | None:
    """Exact quantile over durations above zero; null when there are none."""
    above = sorted(d for d in durations if d > 0)
    return above[math.ceil(Fraction(q) * len(above)) - 1] if above else None


def assert_near(estimate: float | None, exact: int | None) -> None:
    """Both null, or within the histogram's relative error."""
    if exact is None:
        assert estimate is None
    else:
        assert estimate is not None
        assert abs(estimate - exact) <= ERROR_BOUND * exact, (estimate, exact)
