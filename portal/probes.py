"""Read-only probes that show what holds at a tenant: the key, the rights, the open questions."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.connect import connect
from portal.lucca import directory, office
from portal.lucca.errors import LuccaError, Misconfigured, Throttled, Unreachable
from portal.lucca.session import Session
from portal.models import Account
from portal.words import number


@dataclass(frozen=True)
class Probe:
    """`found` says what was seen; `ask` what to ask for, and whom, when it is not `ok`."""

    name: str
    ok: bool
    found: str
    ask: str = ""

    @property
    def title(self) -> str:
        return str(_TITLES[self.name])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def probe(account: Account, *, interactive: bool = True) -> Iterator[Probe]:
    """Each finding as it comes. Ends early when nothing further can be learned.

    What the answers mean: a right that is missing may also show as fewer people than there are.
    """
    try:
        lucca = connect(account, interactive=interactive)
    except Misconfigured as error:
        yield Probe("key", False, str(error), _("The portal's administrator: set the API key."))
        return
    yield Probe("key", True, _("An API key is set in the environment."))
    for name, question in _QUESTIONS.items():
        try:
            yield Probe(name, True, question(lucca, account))
        except LuccaError as error:
            yield Probe(name, False, str(error), _advice(error))
            if error.reason in _HOPELESS:
                return


_TITLES = {
    "key": gettext_lazy("API key"),
    "employees": gettext_lazy("Employees"),
    "former_employees": gettext_lazy("Former employees"),
    "work_locations": gettext_lazy("Places"),
    "user_locations": gettext_lazy("User locations"),
    "import": gettext_lazy("Import"),
}
# After these every other question would fail in the same way, some of them after minutes.
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


def _employees(lucca: Session, account: Account) -> str:
    page = lucca.send(directory.one_user())
    if page.count is None:
        return _("The key may read employees.")
    return ngettext(
        "The key sees %(count)s present employee.",
        "The key sees %(count)s present employees.",
        page.count,
    ) % {"count": number(page.count)}


def _former(lucca: Session, account: Account) -> str:
    page = lucca.send(directory.users(0, 1))
    if page.count is None:
        return _("Lucca does not count employees; lists are read to their empty end.")
    return ngettext(
        "With former ones the key sees %(count)s employee.",
        "With former ones the key sees %(count)s employees.",
        page.count,
    ) % {"count": number(page.count)}


def _places(lucca: Session, account: Account) -> str:
    page = lucca.send(office.work_locations(1, account.page_size))
    count = len(page.items) if page.count is None else page.count
    return ngettext("The key sees %(count)s place.", "The key sees %(count)s places.", count) % {
        "count": number(count)
    }


def _user_locations(lucca: Session, account: Account) -> str:
    page = lucca.send(office.user_locations_probe())
    if page.count is None:
        return _("The key may read user locations.")
    return _("The key may read user locations (%(count)s).") % {"count": number(page.count)}


def _import_path(lucca: Session, account: Account) -> str:
    """Ask both spellings of the import's path about an import that does not exist.

    The same answer from both proves nothing, and is no fault.
    """
    statuses = {path: _status(lucca, path) for path in Account.ImportPath.values}
    if 403 in statuses.values():
        raise Misconfigured("right-missing", status=403, right=office.IMPORT_RIGHT)
    alive = [path for path, status in statuses.items() if status not in (404, 405)]
    if len(alive) != 1:
        return _("Both spellings of the import's path answer alike; “%(path)s” is used.") % {
            "path": account.import_path
        }
    if alive[0] == account.import_path:
        return _("The import answers under “%(path)s”.") % {"path": alive[0]}
    return _(
        "The import answers under “%(path)s”, the account has “%(set)s”: it changes by itself at"
        " the first analysis."
    ) % {"path": alive[0], "set": account.import_path}


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


_QUESTIONS: dict[str, Callable[[Session, Account], str]] = {
    "employees": _employees,
    "former_employees": _former,
    "work_locations": _places,
    "user_locations": _user_locations,
    "import": _import_path,
}


def _advice(error: LuccaError) -> str:
    if error.reason == "key-refused":
        return _(
            "The Lucca administrator: a valid API key for the portal. The portal's administrator:"
            " set it."
        )
    if isinstance(error, Misconfigured) and "right" in error.params:
        right = {"right": _(error.params["right"])}
        return _("The Lucca administrator: give the key's role “%(right)s”.") % right
    if isinstance(error, Unreachable):
        return _("The network administrator: let the portal reach this address.")
    if isinstance(error, Throttled):
        return _("Nothing to ask for: try again in a minute.")
    if isinstance(error, Misconfigured):
        return _("The portal's administrator: correct the account's address or key.")
    return _("Try again; if it goes on, ask Lucca's support.")
