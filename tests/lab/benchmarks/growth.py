"""The picture of what grows with the library: a plot as SVG, drawn from what the benchmark measured."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT = 720, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 250, 50, 60
_MOST_TIMES = 3.0
_FONT = 'font-family="sans-serif" font-size="12"'
_COLOURS = ("#1b6ca8", "#c0392b", "#2e7d32", "#8e44ad")


@dataclass(frozen=True, slots=True)
class Line:
    """One cost by size: pairs of how large and how many times the cost of the smallest."""

    name: str
    points: Sequence[tuple[int, float]]


def lines(told: Mapping[str, Any]) -> list[Line]:
    """Return the lines of what the parts `ageing` and `search` have told as JSON."""
    ageing, search = told["ageing"], told["search"]
    by_size: dict[int, list[float]] = {}
    for name, size in ageing["closed loans"].items():
        if name.endswith("closed loans"):
            by_size[size] = [ageing["times"][name]]
    small, large = search["sizes"]
    kinds = {kind: told["ratio"] for kind, told in search["kinds"].items()}
    worst = max(kinds, key=lambda kind: kinds[kind])
    middle = sorted(kinds.values())[len(kinds) // 2]
    return [
        Line("a check-out, by closed loans", [(size, times[0]) for size, times in sorted(by_size.items())]),
        Line("the median search, by books", [(small, 1.0), (large, middle)]),
        Line(f"the search that grows most ({worst})", [(small, 1.0), (large, kinds[worst])]),
    ]


def picture(found: Sequence[Line]) -> str:
    """Return the plot as SVG; sizes grow tenfold from tick to tick."""
    sizes = [size for line in found for size, _ in line.points]
    first, last = math.log10(min(sizes)), math.log10(max(sizes))
    top = max(_MOST_TIMES, *(times for line in found for _, times in line.points))

    def across(size: float) -> float:
        share = (math.log10(size) - first) / (last - first or 1)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def up(times: float) -> float:
        return round(_HEIGHT - _BOTTOM - times / top * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT}>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">What it costs when the library has grown</text>',
        f'<text x="{_LEFT}" y="40" fill="#555">times the cost of the smallest</text>',
    ]
    for times in range(math.floor(top) + 1):
        height = up(times)
        parts += [
            f'<line x1="{_LEFT}" y1="{height}" x2="{_WIDTH - _RIGHT}" y2="{height}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 10}" y="{height + 4}" text-anchor="end">{times}</text>',
        ]
    for power in range(math.ceil(first), math.floor(last) + 1):
        place = across(10**power)
        parts.append(f'<text x="{place}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{10**power:,}</text>')
    beside = float(_TOP)
    for line, colour in zip(found, _COLOURS, strict=False):
        way = " ".join(f"{across(size)},{up(times)}" for size, times in line.points)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{across(s)}" cy="{up(t)}" r="3.5" fill="{colour}"/>' for s, t in line.points]
        label = f"{line.points[-1][1]:.2f}: {line.name}"
        beside = max(beside + 18, min(up(line.points[-1][1]) + 4, _HEIGHT - _BOTTOM))
        parts.append(f'<text x="{_WIDTH - _RIGHT + 12}" y="{round(beside, 1)}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])
