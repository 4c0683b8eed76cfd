"""dbt's `adapter`, as far as macros need it for linting: dispatch to DuckDB's spelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, macro: str) -> Callable[..., Any]:
    """The macro `default__<macro>`, which stands in the file of the dispatching one."""
    found: Callable[..., Any] = context.resolve(f"default__{macro}")
    return found
