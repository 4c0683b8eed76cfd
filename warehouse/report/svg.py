"""SVG elements as text. Their looks stand in the page's style sheet, which follows the theme."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def tag(name: str, *children: str, **attributes: object) -> str:
    """One element; `class_` is `class`, other underscores are hyphens. Children are markup, see `text`."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{shown}>{''.join(children)}</{name}>" if children else f"<{name}{shown}/>"


def text(x: float, y: float, content: str, class_: str = "label", anchor: str = "start") -> str:
    return tag("text", escape(content), x=x, y=y, class_=class_, text_anchor=anchor)


def title(content: str) -> str:
    """What a pointer that rests on the parent element shows."""
    return tag("title", escape(content))


def line(points: Iterable[tuple[float, float] | None]) -> str:
    """The `d` of a path through the points; None breaks it."""
    parts, is_down = [], False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if is_down else 'M'}{number(point[0])} {number(point[1])}")
        is_down = point is not None
    return "".join(parts)


def number(value: object) -> str:
    """Coordinates to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def drawing(width: int, height: int, label: str, *children: str, class_: str) -> str:
    """A whole picture with a sentence that stands for it."""
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        class_=class_,
    )
