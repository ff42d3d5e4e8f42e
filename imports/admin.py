"""Admin pages of the imports: batches with their list actions, and what was found in them."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports import services
from imports.issues import message
from imports.models import ImportBatch, LineIssue
from imports.pages import (
    acts,
    batch,
    canary,
    compensation,
    correct,
    downloads,
    employee_day,
    hand_over,
    launch,
    lists,
    planned,
    preview,
    settle,
    templates,
    upload,
    verification,
)
from portal.admin_lists import LookOnly, Named
from portal.keys import key_of
from portal.refusals import Refusal
from portal.words import labelled

# List actions: one service per object, one report per object. Launching is never one of them.


def _each(
    request: HttpRequest,
    batches: QuerySet[ImportBatch],
    act: Callable[[ImportBatch], object],
    done: str,
) -> None:
    for each in batches.select_related("account"):
        try:
            act(each)
        except Refusal as refusal:
            messages.error(request, labelled(each, refusal))
        else:
            messages.success(request, labelled(each, done))


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
    """The list; everything else about an import is a page of imports.pages."""

    list_display = ["file", "account_kind", "stage_badge", "lines", "who_when"]
    list_display_links = ["file"]
    list_filter = [lists.NeedsMe, lists.Received, "stage", "account"]
    list_select_related = ["account", "created_by", "responsible", "job"]
    list_per_page = 50
    search_fields = ["file_name", "note"]
    search_help_text = gettext_lazy("Name of the file, or note")
    show_full_result_count = False
    actions = [check, analyse, cancel]

    @admin.display(description=gettext_lazy("file"), ordering="file_name")
    def file(self, batch: ImportBatch) -> str:
        return batch.file_name

    @admin.display(description=gettext_lazy("account"), ordering="account__label")
    def account_kind(self, batch: ImportBatch) -> str:
        return lists.account(batch)

    @admin.display(description=gettext_lazy("stage"), ordering="stage")
    def stage_badge(self, batch: ImportBatch) -> str:
        return lists.stage(batch)

    @admin.display(description=gettext_lazy("lines"))
    def lines(self, batch: ImportBatch) -> str:
        return lists.lines(batch)

    @admin.display(description=gettext_lazy("received"), ordering="created_at")
    def who_when(self, batch: ImportBatch) -> str:
        return lists.who_when(batch)

    # Pages.

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any, name: str) -> URLPattern:
            guarded = self.admin_site.admin_view(view)
            name = f"imports_importbatch_{name}"
            found: URLPattern = path(f"<int:pk>/{address}/", guarded, name=name)
            return found

        def whole(address: str, view: Any, name: str) -> URLPattern:
            """A page that is about no single import."""
            name = f"imports_importbatch_{name}"
            found: URLPattern = path(address, self.admin_site.admin_view(view), name=name)
            return found

        # The parts that move say themselves where to go when the session has ended.
        live = path("<int:pk>/live/", batch.live, name="imports_importbatch_live")
        preview_live = path(
            "<int:pk>/preview/live/", preview.live, name="imports_importbatch_preview_live"
        )
        planned_live = path(
            "planned/<int:pk>/live/", planned.live, name="imports_importbatch_planned_live"
        )
        verification_live = path(
            "<int:pk>/verification/live/",
            verification.live,
            name="imports_importbatch_verification_live",
        )
        return [
            live,
            preview_live,
            verification_live,
            planned_live,
            whole("templates/", templates.page, "templates"),
            whole("templates/<int:account>/<slug:kind>/", templates.download, "template"),
            whole("planned/", planned.choose, "planned"),
            whole("planned/<int:pk>/", planned.reading_page, "planned_reading"),
            whole("planned/<int:pk>/<slug:kind>/", planned.download, "planned_download"),
            whole("employee-day/", employee_day.employee_day, "employee_day"),
            page("preview", preview.preview_page, "preview"),
            page("preview/<slug:kind>", preview.download, "preview_download"),
            page("verification", verification.verification_page, "verification"),
            page("verification/<slug:kind>", verification.download, "verification_download"),
            page("check", acts.check, "check"),
            page("analyse", acts.analyse, "analyse"),
            page("leave-out", acts.leave_out, "leave_out"),
            page("cancel", acts.cancel, "cancel"),
            page("launch", launch.launch, "launch"),
            page("canary", canary.cut, "canary"),
            page("rest", canary.rest, "rest"),
            page("end-here", canary.end_here, "end_here"),
            page("reconcile", acts.reconcile, "reconcile"),
            page("difference", acts.difference, "difference"),
            page("correct", correct.correct, "correct"),
            page("compensation", compensation.compensation_page, "compensation"),
            page("settle", settle.settle, "settle"),
            page("hand-over", hand_over.hand_over, "hand_over"),
            page("download/<slug:which>", downloads.download, "download"),
            page("report/<int:upload>", downloads.report, "report"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Not the admin's, which keeps a transaction open around everything."""
        return cast(HttpResponse, upload.upload(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # whatever one's rights: a batch is never edited
        return cast(HttpResponse, batch.batch_page(request, pk=key_of(object_id)))

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


@admin.register(LineIssue)
class LineIssueAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["batch", "line", "severity", "origin", "column", "sentence"]
    list_filter = ["severity", "origin"]
    list_select_related = ["batch"]
    search_fields = ["=batch__pk"]

    @admin.display(description=gettext_lazy("message"))
    def sentence(self, issue: LineIssue) -> str:
        return message(issue)
