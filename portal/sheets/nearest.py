"""The known name that is most like a wrong one, within a bounded effort."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_MOST = 400  # compared for one wrong name
_ALL = 300  # up to so many names are all compared; of more, those that share an end


def folded(text: str) -> str:
    """The text without regard to case, accents and blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not (unicodedata.combining(sign) or sign.isspace()))


class Nearest:
    """Suggestions among some names.

    ``effort`` is how many comparisons may be made in all; when it is spent, there are no more
    suggestions except for names that differ by case, accents or blanks only. A file with a million
    different wrong names must not take a million searches.
    """

    def __init__(self, names: Iterable[str], effort: int = 40_000) -> None:
        self._names: dict[str, str] = {}
        for name in names:
            self._names.setdefault(folded(name), name)
        self._effort = effort
        self._by_end: dict[str, list[str]] = defaultdict(list)
        if len(self._names) > _ALL:
            for name in self._names:
                for end in {"<" + name[:2], name[-3:] + ">"}:
                    self._by_end[end].append(name)

    @property
    def spent(self) -> bool:
        """No more suggestions will be made."""
        return self._effort <= 0

    def to(self, wrong: str) -> str | None:
        """The name most like the wrong one, or None when none is like it."""
        return next(iter(self.some(wrong, 1)), None)

    def some(self, wrong: str, most: int) -> list[str]:
        """The names like the wrong one, the most like it first."""
        if self._effort <= 0 or not wrong or len(wrong) > 200:
            return []
        key = folded(wrong)
        if key in self._names:
            return [self._names[key]]
        candidates = self._candidates(key)
        self._effort -= len(candidates) + 50
        close = difflib.get_close_matches(key, candidates, n=most, cutoff=0.7)
        return [self._names[one] for one in close]

    def _candidates(self, key: str) -> list[str]:
        if not self._by_end:
            return list(self._names)
        found = dict.fromkeys(self._by_end.get(key[-3:] + ">", []))
        found.update(dict.fromkeys(self._by_end.get("<" + key[:2], [])))
        return [name for name in found if abs(len(name) - len(key)) <= 3][:_MOST]
