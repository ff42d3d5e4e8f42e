"""The list of files of overrides; a file itself is a page of schedules.pages.files."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import LookOnly
from portal.keys import key_of
from portal.words import number, written
from schedules.files import services
from schedules.models import OverrideFile
from schedules.override_file_models import FILE_STAGES
from schedules.pages.files import downloads, launch, page, preview, upload
from schedules.pages.files.next import STAGE_TONES
from schedules.pages.files.rights import APPLY, ASK, button


@admin.register(OverrideFile)
class OverrideFileAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["file_name", "in_account", "stands", "lines", "received"]
    list_display_links = ["file_name"]
    list_filter = ["account"]
    list_select_related = [
        *("account", "created_by", "check_job", "preparation", "job", "withdrawal"),
    ]
    search_fields = ["file_name", "note"]

    @admin.display(description=_("account"), ordering="account")
    def in_account(self, file: OverrideFile) -> str:
        return format_html(
            '{} <span class="kind kind-{}">{}</span>',
            file.account.label,
            file.account.kind,
            file.account.get_kind_display(),
        )

    @admin.display(description=_("stage"))
    def stands(self, file: OverrideFile) -> str:
        words = capfirst(str(FILE_STAGES[file.stage]))
        return format_html('<span class="badge tone-{}">{}</span>', STAGE_TONES[file.stage], words)

    @admin.display(description=_("changes"), ordering="changes")
    def lines(self, file: OverrideFile) -> str:
        return number(file.changes)

    @admin.display(description=_("received"), ordering="created_at")
    def received(self, file: OverrideFile) -> str:
        at = timezone.localtime(file.created_at)
        return format_html(
            '{} <time class="nowrap" datetime="{}">{}</time>',
            file.created_by or "–",
            at.isoformat(timespec="seconds"),
            written(at, "j F Y, H:i"),
        )

    def get_urls(self) -> list[URLPattern]:
        def one(where: str, view: Any, name: str) -> URLPattern:
            found: URLPattern = path(where, view, name=f"schedules_overridefile_{name}")
            return found

        guarded = self.admin_site.admin_view
        acts = {
            "check": (ASK, _check, _("The check has been asked for.")),
            "read_again": (ASK, _read_again, _("The days are being read again.")),
            "stop": (APPLY, _stop, _("Stopped. What was sent stays; nothing more is sent.")),
        }
        return [
            # Says itself where to go when the session has ended.
            one("<int:pk>/live/", page.live, "live"),
            one("<int:pk>/preview/", guarded(preview.page), "preview"),
            one("<int:pk>/launch/", guarded(launch.launch), "launch"),
            one("<int:pk>/withdraw/", guarded(launch.withdraw), "withdraw"),
            *(one(f"<int:pk>/{name}/", guarded(button(*act)), name) for name, act in acts.items()),
            one("<int:pk>/file/<slug:which>/", guarded(downloads.download), "download"),
            one("template/<int:account>/<slug:kind>/", guarded(upload.template), "template"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm(ASK)

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, upload.upload(request))

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return cast(HttpResponse, page.page(request, pk=key_of(object_id)))


def _check(file: OverrideFile, request: HttpRequest) -> None:
    services.check(file, by=request.user, interactive=True)


def _read_again(file: OverrideFile, request: HttpRequest) -> None:
    services.read_again(file, by=request.user)


def _stop(file: OverrideFile, request: HttpRequest) -> None:
    services.stop(file, by=request.user)
