"""OpenTelemetry's exponential histogram at scale 6 in Spark SQL, exact for every BIGINT."""

from __future__ import annotations

from math import isqrt

ZERO_BUCKET = -32768


def _root_floor(power: int) -> int:
    """The integer part of 2^(power/64): six square roots, whose integer parts nest."""
    value = 1 << power
    for _ in range(6):
        value = isqrt(value)
    return value


_BOUNDS = ", ".join(f"{_root_floor(62 * 64 + j)}L" for j in range(64))


def bucket_floor(i: str) -> str:
    """The greatest integer not above 2^(i/64), for -64 <= i <= 4031."""
    return f"shiftright(element_at(array({_BOUNDS}), (({i}) & 63) + 1), 62 - shiftright({i}, 6))"


def exponential_bucket(duration: str) -> str:
    """Bucket i holds durations in (2^(i/64), 2^((i+1)/64)] nanoseconds; ZERO_BUCKET those of zero and below.

    Away from the bounds the logarithm decides, close to one comparisons of integers do.
    """
    position = f"(64 * log2(greatest({duration}, 1L)))"
    part = f"{position} - floor({position})"
    guess = f"least(cast(ceil({position}) as int) - 1, 4031)"
    return f"""case
        when {duration} <= 0 then {ZERO_BUCKET}
        when {part} between 0.000001D and 0.999999D then cast(floor({position}) as int)
        when {duration} <= {bucket_floor(guess)} then {guess} - 1
        when {guess} < 4031 and {duration} > {bucket_floor(f"least({guess} + 1, 4031)")} then {guess} + 1
        else {guess}
    end"""
