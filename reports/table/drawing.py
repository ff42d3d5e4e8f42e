"""A chart's geometry: groups of texts as bars, one below the other, and times as columns side by
side.

Positions are whole numbers, because a template writes a fraction with the reader's comma.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 440
_ROW, _THICK = 38, 14
_LABEL = 36  # signs that fit before the figure
_LEFT, _TOP, _BOTTOM = 6, 24, 200
_APART = 98  # between the beginnings of two labels of times
MOST_COLUMNS = 430


@dataclass(frozen=True)
class Bar:
    """`y_text` is the line of text of a bar that lies. `label` is what there is room for; all of it
    is in `title`."""

    x: int
    y: int
    width: int
    height: int
    title: str
    label: str
    figure: str
    y_text: int = 0


@dataclass(frozen=True)
class Drawing:
    """`zero` is where nothing is: an x where bars lie, a y where they stand."""

    height: int
    bars: list[Bar]
    zero: int
    lies: bool
    top: str = ""
    bottom: str = ""
    left_out: int = 0

    width = WIDTH
    axis_y = _BOTTOM + 16


def lying(groups: Sequence[tuple[str, float, str]]) -> Drawing:
    """(label, value, figure): the label and the figure stand above the bar."""
    least, most = _range(groups)
    zero = round(-least / (most - least) * WIDTH)
    bars = []
    for place, (label, value, figure) in enumerate(groups):
        end = round((value - least) / (most - least) * WIDTH)
        start, end = min(zero, end), max(zero, end)
        y = place * _ROW
        bars.append(
            Bar(
                start, y + 18, _seen(end - start, value), _THICK, label, _cut(label), figure, y + 13
            )
        )
    return Drawing(len(groups) * _ROW, bars, zero, lies=True)


def standing(groups: Sequence[tuple[str, float, str]]) -> Drawing:
    """The largest and, below zero, the smallest figure are written at their ends."""
    shown = groups[:MOST_COLUMNS]
    least, most = _range(shown)
    step = max(1, (WIDTH - _LEFT) // max(1, len(shown)))
    step = min(step, 100)
    gap = 20 if step > 60 else 4 if step > 10 else 1 if step > 3 else 0
    every = max(1, -(-_APART // step))

    def y_of(value: float) -> int:
        return _TOP + round((most - value) / (most - least) * (_BOTTOM - _TOP))

    bars = []
    for place, (label, value, figure) in enumerate(shown):
        top, bottom = sorted((y_of(value), y_of(0)))
        tall = _seen(bottom - top, value)
        x = _LEFT + place * step
        y = bottom - tall if value >= 0 else top
        room = place % every == 0 and x + len(label) * 7 <= WIDTH + 7
        bars.append(Bar(x, y, step - gap, tall, label, label if room else "", figure))
    largest = max(shown, key=lambda one: one[1], default=("", 0, ""))
    smallest = min(shown, key=lambda one: one[1], default=("", 0, ""))
    return Drawing(
        _BOTTOM + 24,
        bars,
        y_of(0),
        lies=False,
        top=largest[2] if largest[1] > 0 else "",
        bottom=smallest[2] if smallest[1] < 0 else "",
        left_out=len(groups) - len(shown),
    )


def _range(groups: Sequence[tuple[str, float, str]]) -> tuple[float, float]:
    """From the least to the most, zero among them, and never nothing."""
    values = [0.0, *(value for _label, value, _figure in groups)]
    least, most = min(values), max(values)
    return (least, most) if most > least else (0.0, 1.0)


def _seen(length: int, value: float) -> int:
    """What there is shows, however little it is beside the most."""
    return max(length, 2) if value else 0


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
