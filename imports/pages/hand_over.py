"""Handing an import over to a colleague: a small form on the import's page."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from imports import hand_over as service
from imports.models import ImportBatch
from imports.pages.rights import find, may, needs, to_batch
from portal.models import User
from portal.refusals import Refusal


class Colleague(forms.ModelChoiceField):
    def label_from_instance(self, obj: object) -> str:
        return name_of(obj) if isinstance(obj, User) else str(obj)


class HandOverForm(forms.Form):
    """`before` is who had it when the page was shown."""

    to = Colleague(
        User.objects.none(),
        label=gettext_lazy("To whom?"),
        error_messages={
            "required": gettext_lazy("Choose a colleague."),
            "invalid_choice": gettext_lazy("This person cannot look after this import (any more)."),
        },
    )
    why = forms.CharField(label=gettext_lazy("Why (optional)"), required=False, max_length=500)
    before = forms.IntegerField(widget=forms.HiddenInput, required=False)


def name_of(user: User) -> str:
    """With the user name, because two people may be called alike."""
    full = user.get_full_name()
    return f"{full} ({user.username})" if full else user.username


def form_of(request: HttpRequest, batch: ImportBatch) -> HandOverForm | None:
    """The form for who may use it; one query, when it is shown."""
    if not may(request, "add") or not service.is_possible(batch):
        return None
    return _form(batch, None)


def _form(batch: ImportBatch, given: QueryDict | None) -> HandOverForm:
    form = HandOverForm(given, initial={"before": batch.responsible_id})
    cast(Colleague, form.fields["to"]).queryset = service.colleagues(batch)
    return form


@require_POST
@needs("add")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    form = _form(batch, request.POST)
    if not form.is_valid():
        messages.error(
            request, " ".join(str(said) for some in form.errors.values() for said in some)
        )
        return to_batch(batch)
    found = form.cleaned_data
    # As the person saw it: should somebody else have it by now, the service refuses.
    batch.responsible_id = found["before"]
    try:
        service.hand_over(batch, found["to"], found["why"], by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("%(name)s looks after this import now.") % {"name": name_of(found["to"])}
        )
    return to_batch(batch)
