"""Traces drawn as timelines, with their critical path in the drawing.

    shop     |====---===|
      cart   |    ---   |

One line per span, indented below its parent. A column is a microsecond. `=` is time that the span spends on
the critical path, `-` time that it does not: as many `=`, as many microseconds of `critical_path_nano`.
"""

from __future__ import annotations

from trace_batch import MIDNIGHT, Batch, span_row

MICROSECOND = 1_000
TRACE = "5" * 32


def drawn(drawing: str) -> tuple[Batch, dict[str, int]]:
    """The rows of one trace, and the drawn critical path of every span by name, in microseconds."""
    batch, path, above = Batch(), {}, []
    for line in filter(str.strip, drawing.splitlines()):
        label, bar = line.split("|")[:2]
        name, indent = label.strip(), len(label) - len(label.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        parent = above[-1][1] if above else None
        above.append((indent, span_id(name)))
        begin, length = len(bar) - len(bar.lstrip()), len(bar.strip())
        assert set(bar.strip()) <= {"=", "-"}, line
        start = MIDNIGHT + begin * MICROSECOND
        batch.add(span_row(TRACE, span_id(name), parent, start, length * MICROSECOND, service_name=name))
        path[name] = bar.count("=")
    return batch, path


def span_id(name: str) -> str:
    """Names of up to eight letters as ids that sort as the names do."""
    return name.encode().hex().ljust(16, "0")
