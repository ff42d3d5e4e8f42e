"""Making export configurations known to the portal, and their settings."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import record
from portal.models import Account
from portal.refusals import Refusal
from reports.exports import ways
from reports.models import ExportConfiguration
from reports.refusals import Known

# The screen's own address; the first number is the export group.
_SCREEN = re.compile(r"/?export/\d+/(\d{1,18})(/.*)?")
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=24)


def read_number(text: str, account: Account) -> int:
    """The configuration's number, given as such or as the pasted address of Lucca's screen."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 19 and int(text):
        return int(text)
    address = urlsplit(text)
    if not address.scheme:
        raise Refusal(
            _(
                "“%(text)s” is no export configuration. Write its number, or paste the address of"
                " its screen in Lucca: …/timmi-timesheet/legacy-settings#/export/3/42/latest has"
                " the number 42."
            )
            % {"text": text[:80]}
        )
    if address.hostname != urlsplit(account.base_url).hostname:
        raise Refusal(
            _("This address is not one of the account “%(account)s”, which is at %(url)s.")
            % {"account": account, "url": account.base_url}
        )
    found = _SCREEN.fullmatch(address.fragment)
    if not found or "timmi-timesheet" not in address.path or not int(found[1]):
        raise Refusal(
            _(
                "This address is not that of an export's screen. Open the export under Timesheet,"
                " Settings, Exports, and paste its address, which ends in #/export/3/42/latest."
            )
        )
    return int(found[1])


def configuration_of(account: Account, number: int, *, by: Any) -> ExportConfiguration:
    """The configuration of this number; made known to the portal when it is first named."""
    with transaction.atomic():
        found, made = ExportConfiguration.objects.get_or_create(
            account=account,
            remote_id=number,
            defaults={"label": _("Export %(number)s") % {"number": number}},
        )
        if made:
            record(
                "export.configuration",
                found,
                account=account.label,
                by=by,
                values={"number": number},
            )
    return found


def add(account: Account, text: str, *, by: Any, **settings: Any) -> ExportConfiguration:
    """Make a configuration known, by number or address, with what `set_up` takes."""
    number = read_number(text, account)
    known = account.export_configurations.filter(remote_id=number).first()
    if known:
        raise Known(known)
    with transaction.atomic():
        configuration = configuration_of(account, number, by=by)
        set_up(configuration, by=by, **settings)
    return configuration


def set_up(
    configuration: ExportConfiguration,
    *,
    by: Any,
    label: str | None = None,
    deadline: timedelta | None = None,
    after_deadline: str | None = None,
    usual_end: str | None = None,
) -> None:
    """Change what is given; the rest stays."""
    given = {
        "label": label,
        "deadline": deadline,
        "after_deadline": after_deadline,
        "usual_end": usual_end,
    }
    changed = {
        name: value
        for name, value in given.items()
        if value is not None and value != getattr(configuration, name)
    }
    for name, value in changed.items():
        setattr(configuration, name, value)
    if not changed:
        return
    if deadline is not None and not _SHORTEST <= deadline <= _LONGEST:
        raise Refusal(_("A deadline is at least a minute and at most 24 hours."))
    try:
        every = {field.name for field in configuration._meta.fields}
        configuration.clean_fields(exclude=every - set(changed))
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    with transaction.atomic():
        configuration.save(update_fields=list(changed))
        values = {name: str(value) for name, value in changed.items()}
        record(
            "export.settings",
            configuration,
            account=configuration.account.label,
            by=by,
            values=values,
        )


def fetch_by(configuration: ExportConfiguration, way: str, *, by: Any, all_: bool = False) -> None:
    """Say how this configuration's files are had: MODE:PATH, or MODE:PATH#POINTER. `all_`: and
    those of every configuration of its account that has no way of its own."""
    found = ways.read(way)
    if found is None:
        raise Refusal(
            _(
                "“%(way)s” does not say how a file is had. Write it as"
                " raw:/api/v3/timmiexports/{exportId}/content or as"
                " json-text:/api/v3/timmiexports/{exportId}#/data/content"
            )
            % {"way": way[:100]}
        )
    account, own = configuration.account, None if all_ else found
    given = {
        "content_mode": own.mode if own else ExportConfiguration.Mode.RAW,
        "content_path": own.path if own else "",
        "content_pointer": own.pointer if own else "",
    }
    with transaction.atomic():
        ExportConfiguration.objects.filter(pk=configuration.pk).update(**given)
        record("export.settings", configuration, account=account.label, by=by, values=given)
        if all_:
            Account.objects.filter(pk=account.pk).update(export_content=str(found))
            values = {"export_content": str(found)}
            record("account.change", account, account=account.label, by=by, values=values)
