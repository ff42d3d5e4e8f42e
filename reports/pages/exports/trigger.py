"""The form that asks for an export: the day, what speaks against it, and one request.

Every warning is accepted by a box of its own. A box's name holds what it is about, so that what
has changed since the person looked is asked again, and nobody accepts what they did not see.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zlib import crc32

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.models import Account
from portal.pages.rights import needs_on
from portal.refusals import Refusal
from portal.words import day as day_in_words
from reports.exports import services, warnings
from reports.models import ExportConfiguration
from reports.pages.exports.rights import RUN, address, find_configuration, show, target
from reports.periods import end_day

# Lucca is asked while the person waits for the page, so not for long.
_PATIENCE_SECONDS = 5.0
# What was seen longer ago is looked at anew.
_SEEN_FOR_SECONDS = 1800
_SALT = "reports.export-form"
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class Seen:
    """What the person saw: the day, the timesheets not approved (None: `why` not known), and the
    newest run (0: none)."""

    configuration: int
    day: str
    newest: int
    not_approved: int | None
    why: str

    def signed(self) -> str:
        return signing.dumps(asdict(self), salt=_SALT)


@dataclass(frozen=True)
class Box:
    name: str
    label: str
    about: str


class TriggerForm(forms.Form):
    """On production, the account's label is typed besides."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, account: Account, boxes: list[Box], seen: str, data: Any = None) -> None:
        super().__init__(data, initial={"seen": seen})
        self._account = account
        for box in boxes:
            self.fields[f"accept-{box.name}"] = forms.BooleanField(
                label=box.label,
                help_text=box.about,
                error_messages={
                    "required": gettext_lazy("Read this warning and accept it, or go back.")
                },
            )
        if account.kind == Account.Kind.PRODUCTION:
            self.fields["label"] = forms.CharField(
                required=False,  # an empty one is a wrong one, and is told so in the same words
                label=_("To go on, type the account's name: %(label)s") % {"label": account.label},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        if label != self._account.label:
            raise forms.ValidationError(
                _("This is not the name of the account. It is: %(label)s")
                % {"label": self._account.label}
            )
        return label

    def boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("accept-")]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(RUN, "trigger")
def trigger(request: HttpRequest, pk: int) -> HttpResponse:
    of = find_configuration(pk)
    if request.method == "POST" and "make" not in request.POST:
        return redirect(address(of))
    given = _what_was_seen(of, request.POST.get("seen", "")) if request.method == "POST" else None
    newest = of.runs.select_related("job").first()
    if given and newest and newest.pk != given.newest:
        # Before anything about the form: who comes second is told so, whatever they ticked.
        messages.warning(request, str(services.Overtaken(newest)))
        return redirect(address(newest))
    if live := services.live_run(of):
        messages.warning(request, services.busy(live))
        return redirect(address(live))
    if request.method == "POST" and given is None:
        messages.info(request, _("The form was open for long, so everything was looked at anew."))
    asked = (given.day if given else "") or request.GET.get("day") or request.POST.get("day", "")
    day, wrong = _day(of, asked)
    seen = given or _look(of, day, newest.pk if newest else 0)
    boxes = _boxes(of, day, seen)
    # What was looked at anew was not seen yet.
    form = TriggerForm(of.account, boxes, seen.signed(), request.POST if given else None)
    if form.is_valid():
        return _make(request, of, day, seen)
    return _page(request, of, day, form, wrong)


def _page(
    request: HttpRequest, of: ExportConfiguration, day: date, form: TriggerForm, wrong: str
) -> HttpResponse:
    better = warnings.better_day(of, day) if day.weekday() else None
    label = _("Make export “%(label)s” of everything before %(day)s in %(account)s") % {
        "label": of.label,
        "day": day_in_words(day),
        "account": target(of.account),
    }
    return show(
        request,
        "trigger",
        _("Make an export"),
        of,
        configuration=of,
        account=of.account,
        form=form,
        day=day,
        wrong=wrong,
        covers=warnings.covers(day),
        better=better,
        better_words=warnings.in_words(better) if better else "",
        label=label,
        is_production=of.account.kind == Account.Kind.PRODUCTION,
    )


def _day(of: ExportConfiguration, text: str) -> tuple[date, str]:
    """The day that was asked for, else the usual one; and what is wrong with the text."""
    usual = end_day(of.usual_end, services.today(of.account))
    if not text:
        return usual, ""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        found = _LAST
    if not _FIRST <= found < _LAST:
        return usual, _("This is no day. Choose one, such as the one that is shown now.")
    return found, ""


def _what_was_seen(of: ExportConfiguration, token: str) -> Seen | None:
    try:
        found = Seen(**signing.loads(token, salt=_SALT, max_age=_SEEN_FOR_SECONDS))
    except (signing.BadSignature, TypeError):
        return None
    return found if found.configuration == of.pk else None


def _look(of: ExportConfiguration, day: date, newest: int) -> Seen:
    count, why = warnings.count_not_approved(of, day, _PATIENCE_SECONDS)
    return Seen(of.pk, day.isoformat(), newest, count, why)


def _boxes(of: ExportConfiguration, day: date, seen: Seen) -> list[Box]:
    found = []
    if day.weekday():
        found.append(
            Box(
                f"no-monday-{day}",
                _("I export up to a day that is not a Monday."),
                warnings.no_monday(day, warnings.better_day(of, day)),
            )
        )
    if day > services.today(of.account):
        found.append(
            Box(
                f"future-{day}",
                _("I export up to a day in the future."),
                _("What is booked later would be missing, and comes with the next export only."),
            )
        )
    return [*found, *_about_timesheets(seen), *_about_exports(of), *_about_again(of, day)]


def _about_timesheets(seen: Seen) -> list[Box]:
    if seen.not_approved is None:
        label = _("I export without knowing whether timesheets are still to be approved.")
        return [Box("not-counted", label, seen.why)]
    if not seen.not_approved:
        return []
    label = _("I export although not all timesheets are approved.")
    return [Box(f"not-approved-{seen.not_approved}", label, warnings.unsettled(seen.not_approved))]


def _about_exports(of: ExportConfiguration) -> list[Box]:
    found = []
    if waiting := _ids(of.exports.unaccounted()):
        found.append(
            Box(
                f"handled-{_mark(waiting)}",
                _("The files of these exports are where they belong: %(numbers)s.")
                % {"numbers": ", ".join(map(str, waiting))},
                _("They were made outside the portal. What they hold will be in no later export."),
            )
        )
    if alarming := _ids(of.exports.alarming()):
        found.append(
            Box(
                f"alarming-{_mark(alarming)}",
                _("I export although something is odd about these exports: %(numbers)s.")
                % {"numbers": ", ".join(map(str, alarming))},
                _(
                    "They are gone from Lucca's list, or their file came with other bytes. What"
                    " is gone may be exported a second time. The configuration's page says more."
                ),
            )
        )
    return found


def _about_again(of: ExportConfiguration, day: date) -> list[Box]:
    before = services.same(of, day)
    if before is None:
        return []
    label = _("I want a second export up to this day.")
    about = _("Run %(run)s made one. Another one holds only what was left, and corrections.")
    return [Box(f"again-{before.pk}", label, about % {"run": before.pk})]


def _ids(exports: Any) -> list[int]:
    return sorted(exports.values_list("remote_id", flat=True))


def _mark(ids: list[int]) -> str:
    return f"{crc32(str(ids).encode()):08x}"


def _make(request: HttpRequest, of: ExportConfiguration, day: date, seen: Seen) -> HttpResponse:
    handled = _ids(of.exports.unaccounted())
    if f"accept-handled-{_mark(handled)}" not in request.POST:
        # One that came since this request began was seen by nobody: it stops the run.
        handled = []
    try:
        run = services.export(
            of,
            day,
            by=request.user,
            again=any(name.startswith("accept-again-") for name in request.POST),
            not_approved=seen.not_approved,
            interactive=True,
            seen=seen.newest,
            handled=handled,
        )
    except services.Overtaken as overtaken:
        messages.warning(request, str(overtaken))
        return redirect(address(overtaken.run))
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect(address(of))
    messages.success(request, _("The export is asked for. Its request leaves once."))
    return redirect(address(run))
