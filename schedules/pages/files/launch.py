"""Launching a file of overrides, and taking back what it applied: each after a confirmation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal.models import Account
from portal.refusals import Refusal
from portal.words import number
from schedules.files import feeding, services
from schedules.files.standing import Standing, standing
from schedules.models import OverrideFile
from schedules.pages.files.next import launch_label
from schedules.pages.files.rights import APPLY, find, needs, show, to_file


class LabelForm(forms.Form):
    """On production, the account's label typed."""

    def __init__(self, file: OverrideFile, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.file = file
        if file.account.kind == Account.Kind.PRODUCTION:
            self.fields["label"] = forms.CharField(
                required=False,  # an empty one is a wrong one, and is told so in the same words
                label=_("To go on, type the account's name: %(label)s")
                % {"label": file.account.label},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        if label != self.file.account.label:
            raise forms.ValidationError(
                _("This is not the name of the account. It is: %(label)s")
                % {"label": self.file.account.label}
            )
        return label


class LaunchForm(LabelForm):
    """One box for each question, and one for what is left out."""

    # What the person saw: a later reading may have found something else.
    preparation = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, file: OverrideFile, now: Standing, data: Any = None) -> None:
        super().__init__(file, data, initial={"preparation": file.preparation_id})
        for slug, count in now.questions.items():
            self.fields[f"accept-{slug}"] = _box(now, slug, count)
        if now.left_out:
            words = ngettext(
                "Leave %(count)s line out that cannot be applied",
                "Leave %(count)s lines out that cannot be applied",
                now.left_out,
            )
            self.fields["leave_out"] = forms.BooleanField(
                label=words % {"count": number(now.left_out)},
                help_text=services.left_out_words(now),
                error_messages={
                    "required": gettext_lazy(
                        "Leave them out on purpose, or go back and correct them first."
                    )
                },
            )
        self.order_fields([name for name in self.fields if name != "label"])

    def boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("accept-")]

    @property
    def accepted(self) -> set[str]:
        return {
            name.removeprefix("accept-")
            for name, value in self.cleaned_data.items()
            if value and name.startswith("accept-")
        }


def _box(now: Standing, slug: str, count: int) -> forms.BooleanField:
    line, finding = now.examples[slug]
    words = ngettext(
        "I accept this for %(count)s change", "I accept this for %(count)s changes", count
    )
    example = _("For example line %(line)s: %(message)s") % {"line": line, "message": finding}
    return forms.BooleanField(
        label=words % {"count": number(count)},
        help_text=example,
        error_messages={"required": gettext_lazy("Read this and accept it, or go back.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(APPLY)
def launch(request: HttpRequest, pk: int) -> HttpResponse:
    file = find(pk)
    if request.method == "POST" and "launch" not in request.POST:
        return to_file(file)
    try:
        # Before anything about the form: who comes second is told so, whatever they ticked.
        now = services.refuse_unless_launchable(file)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return to_file(file)
    form = LaunchForm(file, now, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _launch(request, file, form)
    return show(
        request,
        "launch",
        _("Apply the changes"),
        file,
        form=form,
        now=now,
        label=launch_label(now),
        is_production=file.account.kind == Account.Kind.PRODUCTION,
    )


def _launch(request: HttpRequest, file: OverrideFile, form: LaunchForm) -> HttpResponse:
    if form.cleaned_data["preparation"] != str(file.preparation_id):
        messages.warning(request, _("The days were read again meanwhile. Look at them anew."))
        return to_file(file)
    try:
        services.launch(
            file,
            accepted=form.accepted,
            leave_out=bool(form.cleaned_data.get("leave_out")),
            by=request.user,
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The changes are launched."))
    return to_file(file)


# Taking back


@require_http_methods(["GET", "HEAD", "POST"])
@needs(APPLY)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    file = find(pk)
    now = standing(file)
    if request.method == "POST" and "withdraw" not in request.POST:
        return to_file(file)
    if not services.may_be_taken_back(file, now):
        messages.warning(request, _("Nothing of this file can be taken back."))
        return to_file(file)
    form = LabelForm(file, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.withdraw(file, by=request.user)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        return to_file(file)
    return show(
        request,
        "withdraw",
        _("Take back what was applied"),
        file,
        form=form,
        label=withdraw_label(file, now),
        is_production=file.account.kind == Account.Kind.PRODUCTION,
    )


def withdraw_label(file: OverrideFile, now: Standing) -> str:
    count = now.of(*feeding.APPLIED)
    words = ngettext(
        "Take back %(count)s change in %(account)s",
        "Take back %(count)s changes in %(account)s",
        count,
    )
    account = f"{file.account.label} ({file.account.get_kind_display()})"
    return words % {"count": number(count), "account": account}
