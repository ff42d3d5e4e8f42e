"""`account LABEL --url URL --kind KIND [--set FIELD=VALUE …]`: create or change an account."""

import re
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from portal import accounts
from portal.audit import record
from portal.management.base import DONE, NOT_DONE, USAGE, PortalCommand, Stop
from portal.models import Account
from portal.words import labelled

_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# Given by arguments of their own, or by the portal alone.
_OPTIONS = {"base_url": "url", "kind": "kind"}
_NOT_SETTABLE = {"id", "label", "base_url", "kind", "host", "throttled_until", "created_at"}


def parse_duration(text: str) -> timedelta:
    """`90s`, `60m`, `24h` or `2d`; raises ValueError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(_("write a duration as 90s, 60m or 24h"))
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def write_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _parse(field: "models.Field[Any, Any]", text: str) -> Any:
    if isinstance(field, models.DurationField):
        return parse_duration(text)
    if isinstance(field, models.BooleanField):
        text = text.strip().capitalize()  # true and false, as they are written elsewhere
    return field.to_python(text)


def settable() -> "list[models.Field[Any, Any]]":
    return [f for f in Account._meta.concrete_fields if f.name not in _NOT_SETTABLE]


class Command(PortalCommand):
    help = "Create or change an account. Its API key is read from LUCCA_API_KEY_<LABEL>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("label")
        parser.add_argument("--url", help="such as https://acme.ilucca.net")
        parser.add_argument("--kind", choices=Account.Kind.values)
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
        self.add_user(parser)
        self.add_json(parser)

    def perform(self, **options: Any) -> int:
        existing = Account.objects.filter(label=options["label"]).first()
        verb = "change" if existing else "add"
        user = self.actor(options["user"], f"portal.{verb}_account")
        account = existing or Account(label=options["label"])
        if not existing and not (options["url"] and options["kind"]):
            return self.usage(_("A new account needs --url and --kind."))
        account.base_url = options["url"] or account.base_url
        account.kind = options["kind"] or account.kind
        changed = [name for name, option in _OPTIONS.items() if options[option]]
        for setting in options["set"]:
            self._set(account, setting)
            changed.append(setting.partition("=")[0])
        self._save(account, user, verb, changed)
        self._show(account)
        return DONE

    def _set(self, account: Account, setting: str) -> None:
        name, equals, text = setting.partition("=")
        known = ", ".join(sorted(f.name for f in settable()))
        try:
            field = Account._meta.get_field(name)
        except FieldDoesNotExist:
            field = None
        if not equals or not isinstance(field, models.Field) or name in _NOT_SETTABLE:
            raise Stop(
                _("“%(setting)s” is no setting. Write FIELD=VALUE with one of: %(known)s.")
                % {"setting": setting, "known": known},
                USAGE,
            )
        try:
            setattr(account, name, _parse(field, text))
        except (ValueError, ValidationError) as error:
            said = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise Stop(labelled(name, said), USAGE) from None

    def _save(self, account: Account, user: Any, verb: str, changed: list[str]) -> None:
        try:
            account.full_clean()
            with transaction.atomic():
                accounts.save(account, changed)
                record(
                    f"account.{verb}",
                    account,
                    account=account.label,
                    by=user,
                    values=_facts(account),
                )
        except ValidationError as error:
            lines = [labelled(name, " ".join(said)) for name, said in error.message_dict.items()]
            raise Stop("\n".join(lines), NOT_DONE) from None
        except IntegrityError:
            raise Stop(_("Another account has this label or address."), NOT_DONE) from None

    def _show(self, account: Account) -> None:
        facts = _facts(account) | {"key": bool(account.api_key), "next": self._next(account)}
        words = "\n".join(f"{name}: {value}" for name, value in facts.items() if name != "next")
        self.report(facts, f"{words}\n{facts['next']}")

    def _next(self, account: Account) -> str:
        if account.api_key:
            return _("Check it with: manage.py check_account %(label)s") % {"label": account}
        return _("Set %(variable)s to the API key.") % {"variable": account.key_variable}


def _facts(account: Account) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "account": account.label,
        "url": account.base_url,
        "kind": account.kind,
    }
    for field in settable():
        value = getattr(account, field.name)
        facts[field.name] = write_duration(value) if isinstance(value, timedelta) else value
    return facts
