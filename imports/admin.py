"""Admin pages of the imports: batches with their list actions, and what was found in them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports import services
from imports.issues import message
from imports.models import CauseCount, ImportBatch, LineIssue, Upload
from imports.reasons import counts, next_step
from portal.admin import LookOnly, Named
from portal.words import labelled


class ReceiveForm(forms.ModelForm):
    """A new batch: the file, the account, and what the override flag does."""

    file = forms.FileField(label=gettext_lazy("File (CSV or XLSX)"))

    class Meta:
        model = ImportBatch
        fields = ["account", "override", "note"]

    def clean_file(self) -> UploadedFile:
        """Said beside the field, before anything is stored."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(services.too_large())
        return file

    def save(self, commit: bool = True) -> ImportBatch:
        """The batch is made by the service in save_model; nothing is stored here."""
        batch: ImportBatch = self.instance
        return batch

    def save_m2m(self) -> None:
        """There are no such fields; the admin calls it all the same."""


class CauseInline(LookOnly, admin.TabularInline):
    model = CauseCount
    fields = ["severity", "origin", "count", "first_line", "example"]
    readonly_fields = ["example"]

    @admin.display(description=gettext_lazy("for example"))
    def example(self, cause: CauseCount) -> str:
        return message(cause)


class UploadInline(LookOnly, admin.TabularInline):
    model = Upload
    fields = [
        "part",
        "create",
        "override",
        "lines",
        "job",
        "summary_id",
        "created",
        "deleted",
        "refused",
        "warned",
        "sha256",
    ]
    ordering = ["pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        uploads: QuerySet[Upload] = super().get_queryset(request)
        return uploads.select_related("job", "batch")


# List actions: one service per object, one report per object. Launching is never one of them.


def _each(
    request: HttpRequest,
    batches: QuerySet[ImportBatch],
    act: Callable[[ImportBatch], object],
    done: str,
) -> None:
    for batch in batches.select_related("account"):
        try:
            act(batch)
        except services.Refusal as refusal:
            messages.error(request, labelled(batch, refusal))
        else:
            messages.success(request, labelled(batch, done))


@admin.action(description=gettext_lazy("Check"), permissions=["check"])
def check(page: admin.ModelAdmin, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
    _each(
        request,
        batches,
        lambda batch: services.check(batch, by=request.user, interactive=True),
        _("the check has been asked for."),
    )


@admin.action(description=gettext_lazy("Have Lucca analyse"), permissions=["analyse"])
def analyse(page: admin.ModelAdmin, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
    _each(
        request,
        batches,
        lambda batch: services.analyse(batch, by=request.user, interactive=True),
        _("the analysis has been asked for."),
    )


@admin.action(description=gettext_lazy("Cancel"), permissions=["cancel"])
def cancel(page: admin.ModelAdmin, request: HttpRequest, batches: QuerySet[ImportBatch]) -> None:
    _each(request, batches, lambda batch: services.cancel(batch, by=request.user), _("cancelled."))


@admin.register(ImportBatch)
class ImportBatchAdmin(Named, admin.ModelAdmin):
    list_display = [
        "row_number",
        "file_name",
        "account",
        "stage",
        "lines",
        "override",
        "created_by",
        "created_at",
    ]
    list_display_links = ["row_number", "file_name"]
    list_filter = ["stage", "account"]
    list_select_related = ["account", "created_by"]
    show_full_result_count = False
    actions = [check, analyse, cancel]
    fields = [
        "file_name",
        "account",
        "override",
        "note",
        "stage",
        "lines",
        "next_thing",
        "first_day",
        "last_day",
        "employees",
        "deletions",
        "created",
        "deleted",
        "created_by",
        "created_at",
        "launched_by",
        "launched_at",
        "sha256",
        "sent_sha256",
    ]

    def get_fields(self, request: HttpRequest, obj: ImportBatch | None = None) -> Any:
        return super().get_fields(request, obj) if obj else ["account", "file", "override", "note"]

    def get_form(
        self,
        request: HttpRequest,
        obj: ImportBatch | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else ReceiveForm

    def get_inlines(self, request: HttpRequest, obj: ImportBatch | None) -> list[Any]:
        return [CauseInline, UploadInline] if obj else []

    @admin.display(description=gettext_lazy("lines"))
    def lines(self, batch: ImportBatch) -> str:
        return counts(batch)

    @admin.display(description=gettext_lazy("next"))
    def next_thing(self, batch: ImportBatch) -> str:
        return next_step(batch)

    # Permissions. A batch is never edited and never deleted: it is evidence.

    def has_change_permission(self, request: HttpRequest, obj: ImportBatch | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportBatch | None = None) -> bool:
        return False

    def has_check_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("imports.check_importbatch")

    def has_analyse_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("imports.analyse_importbatch")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("imports.cancel_importbatch")

    def save_model(self, request: HttpRequest, obj: ImportBatch, form: Any, change: bool) -> None:
        file = form.cleaned_data["file"]
        batch = services.receive(
            obj.account,
            file,
            file.name or "file",
            override=obj.override,
            note=obj.note,
            by=request.user,
        )
        obj.pk = batch.pk
        services.check(batch, by=request.user, interactive=True)


@admin.register(LineIssue)
class LineIssueAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["batch", "line", "severity", "origin", "column", "sentence"]
    list_filter = ["severity", "origin"]
    list_select_related = ["batch"]
    search_fields = ["=batch__pk"]

    @admin.display(description=gettext_lazy("message"))
    def sentence(self, issue: LineIssue) -> str:
        return message(issue)
