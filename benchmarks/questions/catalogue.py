"""The questions as files beside this one, and the page that lists them.

A file starts with the question as a comment, then `-- Tables:` and `-- Parameters:`, then remarks if any,
then one statement whose `$names` are the parameters. `python -m benchmarks.questions.catalogue` writes
README.md anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "README.md"


@dataclass(frozen=True, slots=True)
class Question:
    """One question, named as its file. `tables` is text of the header, `parameters` are names without $."""

    name: str
    title: str
    tables: str
    parameters: tuple[str, ...]
    sql: str

    def answer_with(self, values: dict[str, object]) -> tuple[str, dict[str, object]]:
        """The statement and its values, chosen by name from values of all questions."""
        return self.sql, {name: values[name] for name in self.parameters}


def questions() -> list[Question]:
    """Every question, by name."""
    return [_parsed(file) for file in sorted(HERE.glob("*.sql"))]


def _parsed(file: Path) -> Question:
    text = file.read_text(encoding="utf-8")
    title, tables, parameters = text.splitlines()[:3]
    return Question(
        file.stem,
        title.removeprefix("-- "),
        tables.removeprefix("-- Tables: "),
        tuple(re.findall(r"\$(\w+)", parameters)),
        text,
    )


def page() -> str:
    """README.md."""
    rows = "\n".join(
        f"| [{q.name}]({q.name}.sql) | {q.title} | {q.tables} | {', '.join(f'`{p}`' for p in q.parameters)} |"
        for q in questions()
    )
    return f"""# Sixteen questions of analysts

Written by `make generate` from the headers of the files; not edited by hand.

Each file is one statement for a served file in plain DuckDB, read-only and without extensions. Times are UTC,
ranges half open:

```python
con = duckdb.connect(".data/warehouse.duckdb", read_only=True)
con.execute(Path("apdex.sql").read_text(), {{"from_at": "2026-11-01", "to_at": "2026-12-01"}}).fetchall()
```

| file | question | answered from | parameters |
|---|---|---|---|
{rows}

## Macros of the served file
They choose the cheapest cubes for any range of time, half open and rounded to five minutes
(`service_map`: to hours):

```sql
from service_latency('gateway', '2026-11-16', '2026-11-18 12:30');
from operation_latency('catalog', '2026-11-16', '2026-11-17');
from operation_latency(null, '2026-11-16', '2026-11-17');
from service_map('2026-11-16', '2026-11-17 06:00');
select latency_quantile(0.95, 'gateway', '2026-11-16', '2026-11-18');
select latency_quantile(0.95, 'gateway', 'GET /web/home', '2026-11-16', '2026-11-18');
select service_name, latency_quantile(bucket_index, span_count, 0.99)
from cube_span_latency where grain = 'day' group by service_name;
```
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
