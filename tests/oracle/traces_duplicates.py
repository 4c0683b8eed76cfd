"""Which copy of a span stays, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oracle.traces_rows import Span


@dataclass(frozen=True)
class Copies:
    """All rows of one (trace_id, span_id): the one that stays, and the others in row order."""

    winner: Span
    losers: list[Span]

    @property
    def duplicate_count(self) -> int:
        """Equal copies beside the one that stays. An assembled row stands for all it has taken in."""
        equal = [s for s in (self.winner, *self.losers) if not self.is_conflict(s)]
        return sum(1 + s.duplicate_count for s in equal) - 1

    def is_conflict(self, span: Span) -> bool:
        return span.content_key != self.winner.content_key


def _rank(span: Span) -> tuple[int, int, bool, int]:
    """Ends last, then greatest content; of equal content the assembled row, then the first row."""
    key = -(2**63) - 1 if span.content_key is None else span.content_key
    return (span.end, key, span.is_assembled, -span.row)


def copies_by_trace(spans: Iterable[Span]) -> dict[str, list[Copies]]:
    """Trace id -> its distinct spans. Rows without valid ids belong to no trace."""
    rows: dict[str, dict[str, list[Span]]] = {}
    for span in spans:
        if span.has_valid_ids:
            rows.setdefault(span.trace_id, {}).setdefault(span.span_id, []).append(span)
    return {trace: [_judged(same) for same in by_span.values()] for trace, by_span in rows.items()}


def _judged(same: list[Span]) -> Copies:
    winner = max(same, key=_rank)
    return Copies(winner, [s for s in same if s is not winner])
