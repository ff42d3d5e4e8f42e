"""What stands in the way of an override, or must be agreed to first: a slug with its parameters.

The sentences are said in the language of whoever reads them. `blocks`: nothing can be sent. `asks`:
a person must agree. `tells`: only said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.reasons import sentence
from schedules.override_models import ScheduleOverride

PARTS = dict(ScheduleOverride.Part.choices)
BLOCKS, ASKS, TELLS = "blocks", "asks", "tells"


@dataclass(frozen=True)
class Finding:
    """`slug` is one of schedules.overrides.reasons."""

    slug: str
    weight: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """A part of the day, in `what`, is said in words."""
        params = dict(self.params)
        if params.get("what") in PARTS:
            params["what"] = str(PARTS[params["what"]])
        return sentence(self.slug, params)

    def stored(self) -> dict[str, Any]:
        return {"slug": self.slug, "weight": self.weight, "params": dict(self.params)}


def blocks(slug: str, **params: Any) -> Finding:
    return Finding(slug, BLOCKS, params)


def asks(slug: str, **params: Any) -> Finding:
    return Finding(slug, ASKS, params)


def tells(slug: str, **params: Any) -> Finding:
    return Finding(slug, TELLS, params)


def read(stored: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [Finding(one["slug"], one["weight"], one["params"]) for one in stored]
