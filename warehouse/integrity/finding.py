"""One way in which a constraint is violated."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.integrity.constraints import CONSTRAINTS, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of violation. `detail` says what is wrong, `fix` what a person can do about it."""

    name: str
    constraint: str
    severity: Severity
    detail: str
    fix: str

    @property
    def bit(self) -> int:
        """The bit that it sets in `issues`; 0 for severity info."""
        return 0 if self.severity == "info" else CONSTRAINTS[self.constraint].bit
