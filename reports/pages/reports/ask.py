"""The form that asks for a report: which template, which days, and what narrows it."""

import json
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.pages.rights import needs_on
from portal.words import about
from reports import pace
from reports.exports.services import Refusal, today
from reports.models import ReportRun, ReportTemplate
from reports.pages.reports.rights import RUN, find_run, find_template, show, to_row
from reports.periods import Period, covered
from reports.reports.services import ask_report
from reports.reports.template_documents import Filters, read_filters

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class AskForm(forms.Form):
    """For one template. What was given beside the chosen period is not passed over in silence."""

    period = forms.ChoiceField(
        label=gettext_lazy("Which days?"), choices=Period.choices, widget=forms.RadioSelect
    )
    starts_on = forms.DateField(label=gettext_lazy("First day"), required=False, widget=_DAY)
    ends_on = forms.DateField(label=gettext_lazy("Last day"), required=False, widget=_DAY)
    with_excel = forms.BooleanField(
        label=gettext_lazy("Fetch the workbook (Excel), too"), required=False
    )
    filters = forms.CharField(
        label=gettext_lazy("Filters, as JSON"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def clean_filters(self) -> Filters | None:
        try:
            return read_filters(self.cleaned_data["filters"])
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if "period" not in found or self.has_error("starts_on") or self.has_error("ends_on"):
            return found
        given = [found.get("starts_on"), found.get("ends_on")]
        if found["period"] == Period.FIXED:
            if not any(given):
                self.add_error("starts_on", _("Give the days."))
            elif given[0] and given[1] and given[0] > given[1]:
                self.add_error("ends_on", _("The last day is before the first."))
        elif any(given):
            self.add_error(
                "period",
                _("You gave days: choose “%(choice)s”, or empty them.")
                % {"choice": Period.FIXED.label},
            )
        return found


def asked_days(template: ReportTemplate, period: str, first: Any, last: Any) -> Any:
    """The days to ask Lucca for. Those that a person gave are asked for as they are."""
    if period == Period.FIXED:
        return first, last
    found = covered(period, today(template.account))
    if found is None:
        return None, None
    return found[0], _up_to(template, found[1])


def _up_to(template: ReportTemplate, last: date) -> date:
    """To name for a report that ends with `last`."""
    return last if template.account.report_end_included else last + timedelta(days=1)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(RUN, "add")
def ask(request: HttpRequest) -> HttpResponse:
    like = _like(request)
    template = like.template if like else _chosen(request)
    if template is None:
        return _choose(request)
    given = request.POST if request.method == "POST" else None
    form = AskForm(given, initial=_initial(template, like))
    if form.is_valid():
        run = _ask(request, template, form)
        if run is not None:
            return to_row(run)
    usual = pace.usual(template)
    return show(
        request,
        "reportrun/ask",
        _("Ask for “%(name)s”") % {"name": template},
        template,
        form=form,
        periods=_periods(template),
        usual=about(usual) if usual else "",
        filters_open=bool(form["filters"].value() or form["filters"].errors),
    )


def _ask(request: HttpRequest, template: ReportTemplate, form: AskForm) -> ReportRun | None:
    found = form.cleaned_data
    first, last = asked_days(template, found["period"], found["starts_on"], found["ends_on"])
    try:
        run = ask_report(
            template,
            by=request.user,
            starts_on=first,
            ends_on=last,
            filters=found["filters"],
            with_excel=found["with_excel"],
            interactive=True,
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, _("The report has been asked for. It changes nothing in Lucca."))
    return run


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _like(request: HttpRequest) -> ReportRun | None:
    """The report that is to be asked for again."""
    return find_run(_number(request.GET["like"])) if request.GET.get("like") else None


def _chosen(request: HttpRequest) -> ReportTemplate | None:
    """The one that is named; else the only one there is."""
    if named := request.GET.get("template"):
        return find_template(_number(named))
    usable = ReportTemplate.objects.exclude(remote_id="").values_list("pk", flat=True)[:2]
    return find_template(usable[0]) if len(usable) == 1 else None


def _choose(request: HttpRequest) -> HttpResponse:
    templates = ReportTemplate.objects.exclude(remote_id="").select_related("account")
    return show(
        request,
        "reportrun/choose",
        _("Ask for a report"),
        None,
        templates=templates.order_by("account__label", "name"),
    )


def _initial(template: ReportTemplate, like: ReportRun | None) -> dict[str, Any]:
    filters = like.filters if like else template.filters
    found: dict[str, Any] = {
        "period": Period.TEMPLATE,
        "filters": json.dumps(filters, ensure_ascii=False) if filters else "",
    }
    if like and (like.starts_on or like.ends_on):
        days = {"starts_on": like.starts_on, "ends_on": like.ends_on}
        return {**found, **days, "period": Period.FIXED, "with_excel": like.with_excel}
    return {**found, "with_excel": bool(like and like.with_excel)}


def _periods(template: ReportTemplate) -> dict[str, tuple[date, date]]:
    """The days that a period has today, to be shown beside it."""
    now = today(template.account)
    found = {period: covered(period, now) for period in (Period.WEEK, Period.MONTH)}
    return {str(period): covers for period, covers in found.items() if covers}
