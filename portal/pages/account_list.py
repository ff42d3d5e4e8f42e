"""The list of accounts: what somebody must look at, one badge each."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.models import Account, AccountCheck, LuccaCall


def with_facts(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """With what the list shows of other tables, in the same query."""
    # By host, as the index has them; an account that moved has none at its new address.
    calls = LuccaCall.objects.filter(host=OuterRef("host")).order_by("-sent_at")
    checks = AccountCheck.objects.filter(account=OuterRef("pk"), checked_at__isnull=False)
    return accounts.select_related("directory_state").annotate(
        _last_call=Subquery(calls.values("sent_at")[:1]),
        _probes=Subquery(checks.order_by("-pk").values("probes")[:1]),
    )


def kind(account: Account) -> str:
    return format_html(
        '<span class="kind kind-{}">{}</span>', account.kind, account.get_kind_display()
    )


def key(account: Account) -> str:
    if account.api_key:
        return _badge("good", _("API key set"))
    return _badge("error", _("API key missing"))


def findings(account: Account) -> str:
    probes = account._probes  # type: ignore[attr-defined]
    if probes is None:
        return _badge("quiet", _("never checked"))
    bad = [probe for probe in probes if not probe["ok"]]
    if not bad:
        return _badge("good", _("everything works"))
    words = ngettext("%(count)s finding", "%(count)s findings", len(bad))
    return _badge("error", words % {"count": len(bad)})


def directory_age(account: Account) -> str:
    state = getattr(account, "directory_state", None)
    times = [at for at in (state.employees_at, state.locations_at) if at] if state else []
    if len(times) < 2:
        return _badge("warning", _("never read"))
    read = min(times)
    ago = _("read %(time)s ago") % {"time": timesince(read)}
    if read < timezone.now() - account.directory_max_age:
        return _badge("warning", ago)
    return ago


def last_call(account: Account) -> str:
    at = account._last_call  # type: ignore[attr-defined]
    return _("asked %(time)s ago") % {"time": timesince(at)} if at else "–"


def _badge(tone: str, words: str) -> str:
    return format_html('<span class="badge tone-{}">{}</span>', tone, words)
