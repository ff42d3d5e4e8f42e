"""The address of a look at a table, with something of it changed."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from reports.table.detect import Told
from reports.table.look import Choice


@dataclass(frozen=True)
class Address:
    """`is_raw` shows cells as they are in the file. `measure` and `group` are of the chart."""

    choice: Choice
    told: Told
    is_raw: bool = False
    measure: str = ""
    group: str = ""

    def query(self, choice: Choice | None = None, **changed: Any) -> str:
        one = replace(self, **changed)
        pairs = {
            **(choice or one.choice).pairs(),
            "sep": one.told.separator,
            "dec": one.told.mark,
            "raw": "1" if one.is_raw else "",
            "measure": one.measure,
            "group": one.group,
        }
        return "?" + urlencode({name: value for name, value in pairs.items() if value})

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """What a form that asks for something else must carry along."""
        pairs = self.choice.pairs() | {
            "sep": self.told.separator,
            "dec": self.told.mark,
            "raw": "1" if self.is_raw else "",
            "measure": self.measure,
            "group": self.group,
        }
        return [
            (name, value)
            for name, value in pairs.items()
            if value and name not in without and not ("f" in without and name[1:].isdigit())
        ]
