"""What v3 puts around its answers: `data`, and usually a `header` beside it."""

from __future__ import annotations

from .call import Call
from .exchange import Answer, Json, json_answer


def envelope(call: Call, data: Json) -> Answer:
    """The answer with this data."""
    document: Json = {}
    if call.settings.v3_header:
        generated = call.now.replace(tzinfo=None).isoformat(timespec="seconds")
        document["header"] = {"generated": generated, "principal": call.rights.name}
    document["data"] = data
    if call.settings.extra_keys:
        data["futureKey"] = {"added": "later"}
        for item in data.get("items", []):
            item["futureKey"] = None
    return json_answer(document)
