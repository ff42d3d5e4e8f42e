"""Read-only probes that show what holds at a tenant: the key, the rights, the open questions.

A probe keeps slugs and parameters; its sentences are made in the language of whoever reads them.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from portal import schedule_probe
from portal.directory import SMALLEST_PAGE
from portal.lucca import directory, office
from portal.lucca.errors import LuccaError, Misconfigured, Refused, Throttled, Unreachable
from portal.lucca.session import Session
from portal.models import Account
from portal.reasons import sentence
from portal.words import number

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Probe:
    """`found` names what was seen (of _FOUND, or a reason of portal.reasons), with `params`; `ask`
    what to ask for, and whom (of _ASK), when it is not `ok`."""

    name: str
    ok: bool
    found: str
    params: Mapping[str, Any] = field(default_factory=dict)
    ask: str = ""

    @property
    def title(self) -> str:
        return str(_TITLES[self.name])

    @property
    def found_words(self) -> str:
        words = _FOUND.get(self.found)
        if words is None:
            return sentence(self.found, self.params)
        count = self.params.get("number")
        shown = {} if count is None else {"count": number(count)}
        return str(words % {**self.params, **shown})

    @property
    def ask_words(self) -> str:
        if not self.ask:
            return ""
        right = self.params.get("right")
        return str(_ASK[self.ask] % {"right": gettext(right) if right else ""})

    @property
    def ends_it(self) -> bool:
        """Whether every further question would fail in the same way, some after minutes."""
        return not self.ok and (self.name == "key" or self.found in _HOPELESS)

    def as_stored(self) -> dict[str, Any]:
        return asdict(self)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ok": self.ok,
            "found": self.found_words,
            "ask": self.ask_words,
        }


def no_key(error: Misconfigured) -> Probe:
    return Probe("key", False, error.reason, error.params, "set-key")


def key_is_set() -> Probe:
    return Probe("key", True, "key-set")


def still_to_ask(found: Sequence[Probe]) -> list[str]:
    """The questions that are left, none when nothing further can be learned."""
    if any(one.ends_it for one in found):
        return []
    asked = {one.name for one in found}
    return [name for name in _QUESTIONS if name not in asked]


def ask(name: str, lucca: Session, account: Account) -> Probe:
    """Ask Lucca one question, by one or two requests that change nothing.

    A right that is missing may also show as fewer people than there are.
    """
    try:
        found, params, *advice = _QUESTIONS[name](lucca, account)
    except LuccaError as error:
        return Probe(name, False, error.reason, error.params, _advice(error))
    return Probe(name, not advice, found, params, *advice)


_TITLES = {
    "key": _("API key"),
    "employees": _("Employees"),
    "former_employees": _("Former employees"),
    "work_locations": _("Places"),
    "user_locations": _("User locations"),
    "import": _("Import"),
    "schedules": _("Schedules"),
}
_FOUND: "dict[str, StrPromise]" = {
    "key-set": _("An API key is set in the environment."),
    "employees-readable": _("The key may read employees."),
    "employees-seen": ngettext_lazy(
        "The key sees %(count)s present employee.",
        "The key sees %(count)s present employees.",
        "number",
    ),
    "employees-not-counted": _(
        "Lucca does not count employees; lists are read to their empty end."
    ),
    "all-employees-seen": ngettext_lazy(
        "With former ones the key sees %(count)s employee.",
        "With former ones the key sees %(count)s employees.",
        "number",
    ),
    "places-seen": ngettext_lazy(
        "The key sees %(count)s place.", "The key sees %(count)s places.", "number"
    ),
    "user-locations-readable": _("The key may read user locations."),
    "user-locations-seen": _("The key may read user locations (%(count)s)."),
    "paths-alike": _("Both spellings of the import's path answer alike; “%(path)s” is used."),
    "path-answers": _("The import answers under “%(path)s”."),
    "path-differs": _(
        "The import answers under “%(path)s”, the account has “%(set)s”: it changes by itself at"
        " the first analysis."
    ),
    **schedule_probe.FOUND,
}
_ASK: "dict[str, StrPromise]" = {
    "set-key": _("The portal's administrator: set the API key."),
    "new-key": _(
        "The Lucca administrator: a valid API key for the portal. The portal's administrator:"
        " set it."
    ),
    "give-right": _("The Lucca administrator: give the key's role “%(right)s”."),
    "let-through": _("The network administrator: let the portal reach this address."),
    "wait": _("Nothing to ask for: try again in a minute."),
    "choose-model": _(
        "Lucca's support: which model schedules are kept in. The portal's administrator: set it in"
        " the account's settings."
    ),
    "correct-account": _("The portal's administrator: correct the account's address or key."),
    "try-again": _("Try again; if it goes on, ask Lucca's support."),
}
_HOPELESS = frozenset(
    {
        "unreachable",
        "timed-out",
        "key-refused",
        "certificate",
        "redirected",
        "throttled",
        "over-budget",
    }
)
# What was found, its parameters and, where something is wrong all the same, what to ask for.
Found = tuple[Any, ...]


def _employees(lucca: Session, account: Account) -> Found:
    page = lucca.send(directory.one_user())
    if page.count is None:
        return "employees-readable", {}
    return "employees-seen", {"number": page.count}


def _former(lucca: Session, account: Account) -> Found:
    page = lucca.send(directory.users(0, 1))
    if page.count is None:
        return "employees-not-counted", {}
    return "all-employees-seen", {"number": page.count}


def _places(lucca: Session, account: Account) -> Found:
    try:
        page = lucca.send(office.work_locations(1, account.page_size))
    except Refused as error:
        if error.status != 400 or account.page_size <= SMALLEST_PAGE:
            raise
        # Too wide, as older versions of the list find; the directory is read in smaller pages then.
        page = lucca.send(office.work_locations(1, SMALLEST_PAGE))
    return "places-seen", {"number": len(page.items) if page.count is None else page.count}


def _user_locations(lucca: Session, account: Account) -> Found:
    page = lucca.send(office.user_locations_probe())
    if page.count is None:
        return "user-locations-readable", {}
    return "user-locations-seen", {"number": page.count}


def _import_path(lucca: Session, account: Account) -> Found:
    """Ask both spellings of the import's path about an import that does not exist.

    The same answer from both proves nothing, and is no fault.
    """
    statuses = {path: _status(lucca, path) for path in Account.ImportPath.values}
    if 403 in statuses.values():
        raise Misconfigured("right-missing", status=403, right=office.IMPORT_RIGHT)
    alive = [path for path, status in statuses.items() if status not in (404, 405)]
    if len(alive) != 1:
        return "paths-alike", {"path": account.import_path}
    if alive[0] == account.import_path:
        return "path-answers", {"path": alive[0]}
    return "path-differs", {"path": alive[0], "set": account.import_path}


def _status(lucca: Session, path: str) -> int:
    try:
        lucca.send(office.progress(path, str(uuid.uuid4())))
    except Throttled:
        raise
    except LuccaError as error:
        if error.status is None or error.status in (401, 408) or error.status >= 500:
            raise
        return error.status
    return 200


_QUESTIONS: dict[str, Callable[[Session, Account], Found]] = {
    "employees": _employees,
    "former_employees": _former,
    "work_locations": _places,
    "user_locations": _user_locations,
    "import": _import_path,
    "schedules": schedule_probe.find_model,
}


def _advice(error: LuccaError) -> str:
    if error.reason == "key-refused":
        return "new-key"
    if isinstance(error, Misconfigured) and "right" in error.params:
        return "give-right"
    if isinstance(error, Unreachable):
        return "let-through"
    if isinstance(error, Throttled):
        return "wait"
    return "correct-account" if isinstance(error, Misconfigured) else "try-again"
