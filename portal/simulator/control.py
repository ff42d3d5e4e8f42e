"""The control pages under /__simulator__/: the methods of Simulator, over HTTP.

They need no key and use no budget. A browser page of another site must not reach them, which is
why a foreign Origin is refused.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .exchange import CONTROL, Answer, BodyTooLarge, Json, Request, json_answer
from .faults import BadFault, make_fault
from .index_page import index_page
from .settings import BadSetting
from .snapshot import BadChange

if TYPE_CHECKING:
    from .simulator import Simulator


class BadControl(ValueError):
    """A control request that says something impossible."""


def control(simulator: Simulator, request: Request) -> Answer:
    """Answer one control request; what is wrong with it is told in a sentence."""
    origin = request.header("Origin")
    if origin and urlsplit(origin).netloc != request.header("Host"):
        return json_answer({"error": "Control requests from other sites are refused."}, 403)
    name, _, rest = request.path.removeprefix(CONTROL).strip("/").partition("/")
    if (request.method, name) not in ACTIONS:
        return json_answer({"error": "There is no such control."}, 404)
    try:
        return ACTIONS[request.method, name](simulator, request, rest)
    except (BadControl, BadFault, BadSetting, BadChange) as error:
        return json_answer({"error": str(error)}, 400)
    except BodyTooLarge:
        return json_answer({"error": "The body is too large."}, 413)
    except (ValueError, TypeError, KeyError, AttributeError, sqlite3.Error) as error:
        return json_answer({"error": f"Not understood: {error}."}, 400)


def _document(request: Request) -> Json:
    """The JSON object that was sent; nothing at all is an empty one."""
    document = json.loads(request.body or b"{}")
    if not isinstance(document, dict):
        raise BadControl("Send a JSON object.")
    return document


def _number(document: Json, name: str, default: float | None = None) -> float:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadControl(f"{name} must be a number.")
    return value


def _index(simulator: Simulator, request: Request, rest: str) -> Answer:
    return index_page(simulator.settings)


def _get_state(simulator: Simulator, request: Request, rest: str) -> Answer:
    return json_answer(simulator.state())


def _change_state(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.change_state(_document(request))
    return json_answer({"done": True})


def _reset(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.reset()
    return json_answer({"done": True})


def _get_settings(simulator: Simulator, request: Request, rest: str) -> Answer:
    return json_answer(simulator.settings.as_json())


def _put_settings(simulator: Simulator, request: Request, rest: str) -> Answer:
    return json_answer(simulator.configure(**_document(request)).as_json())


def _get_faults(simulator: Simulator, request: Request, rest: str) -> Answer:
    return json_answer({"faults": [asdict(each) for each in simulator.fault_book.rules()]})


def _post_faults(simulator: Simulator, request: Request, rest: str) -> Answer:
    """One rule, or {"faults": [...]} with several."""
    document = _document(request)
    wanted = [make_fault(each) for each in document.get("faults", [document])]
    made = [simulator.fault_book.add(each) for each in wanted]
    return json_answer({"faults": [asdict(each) for each in made]}, 201)


def _delete_faults(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.fault_book.clear(int(rest) if rest else None)
    return json_answer({"done": True})


def _get_clock(simulator: Simulator, request: Request, rest: str) -> Answer:
    clock = simulator.clock
    return json_answer({"now": clock.now().isoformat(), "offset": clock.offset})


def _post_clock(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.advance(_number(_document(request), "advance"))
    return _get_clock(simulator, request, rest)


def _get_log(simulator: Simulator, request: Request, rest: str) -> Answer:
    return json_answer({"requests": simulator.log()})


def _delete_log(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.journal.clear()
    return json_answer({"done": True})


def _post_seed(simulator: Simulator, request: Request, rest: str) -> Answer:
    document = _document(request)
    employees, days = _number(document, "employees"), _number(document, "days", 0)
    simulator.seed(int(employees), int(days))
    return json_answer({"done": True})


def _get_budget(simulator: Simulator, request: Request, rest: str) -> Answer:
    limiter, settings = simulator.limiter, simulator.settings
    document: Json = {
        "limit": settings.rate_limit,
        "windowSeconds": settings.rate_window_seconds,
        "inUse": limiter.in_use(settings),
        "arrivals": limiter.arrivals(),
        "maxArrivals": limiter.most_arrivals(float(request.query.get("window", 60))),
    }
    return json_answer(document)


def _post_budget(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.foreign_traffic(int(_number(_document(request), "foreign")))
    return _get_budget(simulator, request, rest)


def _delete_budget(simulator: Simulator, request: Request, rest: str) -> Answer:
    simulator.limiter.reset()
    return json_answer({"done": True})


def _get_import_file(simulator: Simulator, request: Request, rest: str) -> Answer:
    content = simulator.import_file(rest)
    if content is None:
        return json_answer({"error": "There is no such import."}, 404)
    return Answer(200, content, {"Content-Type": "text/csv; charset=utf-8"})


Action = Callable[[Any, Request, str], Answer]

ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", ""): _index,
    ("GET", "state"): _get_state,
    ("PUT", "state"): _change_state,
    ("PATCH", "state"): _change_state,
    ("POST", "reset"): _reset,
    ("GET", "settings"): _get_settings,
    ("PUT", "settings"): _put_settings,
    ("PATCH", "settings"): _put_settings,
    ("GET", "faults"): _get_faults,
    ("POST", "faults"): _post_faults,
    ("DELETE", "faults"): _delete_faults,
    ("GET", "clock"): _get_clock,
    ("POST", "clock"): _post_clock,
    ("GET", "log"): _get_log,
    ("DELETE", "log"): _delete_log,
    ("POST", "seed"): _post_seed,
    ("GET", "budget"): _get_budget,
    ("POST", "budget"): _post_budget,
    ("DELETE", "budget"): _delete_budget,
    ("GET", "import-file"): _get_import_file,
}
