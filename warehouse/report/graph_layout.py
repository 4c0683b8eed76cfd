"""Places for the nodes of a call graph: layers from left to right, few crossings, straight edges.

The classic layered drawing (Sugiyama, Tagawa, Toda 1981): break cycles, give every node a layer behind its
callers, split long edges by bends, order the layers by the barycentre of neighbours, pull nodes toward
them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

Edge = tuple[str, str]
_SWEEPS = 12
_PULLS = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """`places` are (layer, height) of every node, heights in rows; `bends` the heights on layers between."""

    places: Mapping[str, tuple[int, float]]
    bends: Mapping[Edge, Sequence[tuple[int, float]]]
    layers: int
    rows: float


def lay_out(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """Nodes come in the order of their weight, which decides ties; equal input gives an equal layout."""
    forward = _without_cycles(nodes, edges)
    layer = _layers(nodes, forward)
    chains = {edge: _chain(edge, layer) for edge in forward}
    members: dict[int, list[str]] = defaultdict(list)
    of_layer = dict(layer)
    for edge, chain in chains.items():
        for n, bend in enumerate(chain[1:-1], start=1):
            of_layer[bend] = layer[edge[0]] + n
    for name in of_layer:
        members[of_layer[name]].append(name)
    pairs = [pair for chain in chains.values() for pair in pairwise(chain)]
    before, after = _neighbours(pairs, False), _neighbours(pairs, True)
    _order(members, before, after)
    height = _heights(members, before, after)
    lowest = min(height.values(), default=0.0)
    places = {name: (layer[name], height[name] - lowest) for name in nodes}
    bends = {e: [(of_layer[b], height[b] - lowest) for b in chain[1:-1]] for e, chain in chains.items()}
    return Layout(
        places, bends, max(layer.values(), default=0) + 1, max(height.values(), default=0.0) - lowest + 1
    )


def _without_cycles(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges that do not lead back to a caller on the way, found depth first from uncalled nodes."""
    called = {b for a, b in edges if a != b}
    targets: dict[str, list[str]] = defaultdict(list)
    for a, b in edges:
        targets[a].append(b)
    state: dict[str, bool] = {}  # True while a node is on the way, False when done
    kept = []
    for start in [*(n for n in nodes if n not in called), *nodes]:
        if start in state:
            continue
        state[start] = True
        way = [(start, iter(targets[start]))]
        while way:
            node, rest = way[-1]
            for target in rest:
                if state.get(target) is not True:
                    kept.append((node, target))
                if target not in state:
                    state[target] = True
                    way.append((target, iter(targets[target])))
                    break
            else:
                state[node] = False
                way.pop()
    return kept


def _layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Each node one layer behind the last of its callers."""
    callers = _neighbours(edges, False)
    layer: dict[str, int] = {}

    def place(name: str) -> int:
        if name not in layer:
            layer[name] = 0
            layer[name] = max((place(caller) + 1 for caller in callers[name]), default=0)
        return layer[name]

    for name in nodes:
        place(name)
    return layer


def _chain(edge: Edge, layer: Mapping[str, int]) -> list[str]:
    between = range(layer[edge[0]] + 1, layer[edge[1]])
    return [edge[0], *(f"{edge[0]}\0{edge[1]}\0{n}" for n in between), edge[1]]


def _neighbours(pairs: Iterable[Edge], is_after: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for a, b in pairs:
        found[a if is_after else b].append(b if is_after else a)
    return found


def _order(
    members: dict[int, list[str]], before: Mapping[str, list[str]], after: Mapping[str, list[str]]
) -> None:
    """Sort each layer by the mean place of neighbours on the layer before, then after, and again."""
    for sweep in range(_SWEEPS):
        is_down = sweep % 2 == 0
        neighbours = before if is_down else after
        for number in sorted(members, reverse=not is_down):
            other = members.get(number + (-1 if is_down else 1), [])
            place = {name: n for n, name in enumerate(other)}
            here = {name: n for n, name in enumerate(members[number])}
            wanted = {
                name: mean([place[o] for o in neighbours[name] if o in place] or [here[name]])
                for name in members[number]
            }
            members[number].sort(key=wanted.__getitem__)


def _heights(
    members: Mapping[int, list[str]], before: Mapping[str, list[str]], after: Mapping[str, list[str]]
) -> dict[str, float]:
    """Rows: at least one apart for nodes, half for bends, as near to the neighbours' mean as order allows."""
    height = {name: n - len(layer) / 2 for layer in members.values() for n, name in enumerate(layer)}
    for pull in range(_PULLS):
        for number in sorted(members, reverse=pull % 2 == 1):
            layer = members[number]
            wanted = [
                mean([height[o] for o in [*before[name], *after[name]]] or [height[name]]) for name in layer
            ]
            for name, place in zip(layer, _spread(layer, wanted), strict=True):
                height[name] = place
    return height


def _spread(names: Sequence[str], wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in the mean of squares, that keep order and distance.

    Pool adjacent violators: with the distances taken out, wanted places must not fall.
    """
    offsets, total = [], 0.0
    for n, name in enumerate(names):
        total += 0.0 if n == 0 else _gap(names[n - 1], name)
        offsets.append(total)
    blocks: list[tuple[float, int]] = []  # mean and size
    for place, offset in zip(wanted, offsets, strict=True):
        blocks.append((place - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [((a * m + b * n) / (m + n), m + n)]
    levels = [level for level, size in blocks for _ in range(size)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _gap(a: str, b: str) -> float:
    return 0.5 if "\0" in a and "\0" in b else 0.75 if "\0" in a or "\0" in b else 1.0
