"""Integrity as data: which constraints telemetry must hold, which rows break them, and what to do about it.

`constraints` and `findings` are the registry. `rendering` turns findings into rows of the lake table
`integrity_violations`; `peers` names whom a span calls.
"""
