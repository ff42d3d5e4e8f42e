"""The last hour as a picture: bars of requests, stacked by what they were for, and the limit.

Positions are whole numbers, because a template writes a fraction with the reader's comma.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import formats, timezone

from portal.pages.hour import SLICES, Hour
from portal.words import number

# Of the drawing, in its own units; the stylesheet gives it the width of the page.
WIDTH, HEIGHT = 440, 230
_LEFT, _TOP, _BOTTOM = 40, 22, 200
_STEP = (WIDTH - _LEFT - 8) // SLICES
# One look for each purpose in the stylesheet.
LOOKS = 5


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    height: int
    look: int


@dataclass(frozen=True)
class Row:
    """A line of the table: a slice of five minutes."""

    time: str
    counts: list[str]
    total: str


@dataclass(frozen=True)
class Chart:
    hour: Hour
    bars: list[Bar]
    times: list[tuple[int, str]]
    limit_y: int
    legend: list[tuple[int, str, str]]
    rows: list[Row]

    width, height, left, bottom = WIDTH, HEIGHT, _LEFT, _BOTTOM
    right = _LEFT + _STEP * SLICES
    bar_width = _STEP - 6

    @property
    def total(self) -> int:
        return sum(self.hour.sums)


def drawn(hour: Hour) -> Chart:
    most = max([hour.limit, *hour.sums])

    def height(count: int) -> int:
        return count * (_BOTTOM - _TOP) // most

    return Chart(
        hour,
        [bar for slice_ in range(SLICES) for bar in _stack(hour, slice_, height)],
        [
            (_LEFT + _STEP * n, formats.time_format(timezone.localtime(start), "H:i"))
            for n, start in enumerate(hour.starts)
            if n % 3 == 0
        ],
        _BOTTOM - height(hour.limit),
        [(n % LOOKS, one.title, number(one.total)) for n, one in enumerate(hour.purposes)],
        [_row(hour, n) for n in reversed(range(SLICES))],
    )


def _stack(hour: Hour, slice_: int, height: Callable[[int], int]) -> Iterator[Bar]:
    """Heights are cut from the running sum, so that rounding never makes a stack too high. What
    there is shows, however little it is beside the limit."""
    below = 0
    for place, purpose in enumerate(hour.purposes):
        count = purpose.counts[slice_]
        if not count:
            continue
        bottom, top = height(below), height(below + count)
        tall = max(top - bottom, 2)
        yield Bar(_LEFT + _STEP * slice_ + 3, _BOTTOM - bottom - tall, tall, place % LOOKS)
        below += count


def _row(hour: Hour, slice_: int) -> Row:
    return Row(
        formats.time_format(timezone.localtime(hour.starts[slice_]), "H:i"),
        [number(purpose.counts[slice_]) for purpose in hour.purposes],
        number(hour.sums[slice_]),
    )
