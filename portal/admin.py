"""Admin pages of the portal's own tables: mostly to look at, because their rows are evidence."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success

from portal.audit import SYSTEM, record
from portal.directory import forget_if_moved
from portal.jobs.kinds import title_of
from portal.models import (
    Account,
    Attempt,
    Employee,
    Event,
    EventDetail,
    Heartbeat,
    Job,
    LuccaCall,
    User,
    WorkLocation,
)
from portal.models.directory import Area

# The queue's own pages run any Python function and run anything again.
for _model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class Named:
    """A list is called by what it shows: “Imports”, not “Select import to view”."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)  # type: ignore[attr-defined]
        context = {"title": title, **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[misc]

    @admin.display(description=_("No."), ordering="pk")
    def row_number(self, row: Model) -> Any:
        return row.pk


class LookOnly(Named):
    """Rows that are evidence: seen with the view permission, never added, changed or deleted."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# Boxes to tick: the admin's two lists with arrows between them cannot be read by a screen reader.
_TICKED: Any = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), (_("Portal"), {"fields": ("language",)}))
    # What happened is not for anybody to write.
    readonly_fields = ["last_login", "date_joined"]
    formfield_overrides = _TICKED


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    formfield_overrides = _TICKED


@admin.register(Account)
class AccountAdmin(Named, admin.ModelAdmin):
    list_display = ["label", "kind", "base_url", "has_key", "requests_per_minute"]
    list_filter = ["kind"]
    readonly_fields = ["host", "has_key", "throttled_until"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(boolean=True, description=_("key set"))
    def has_key(self, account: Account) -> bool:
        return bool(account.api_key)

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        forget_if_moved(obj)
        super().save_model(request, obj, form, change)
        record(
            "account.change" if change else "account.add",
            obj,
            account=obj.label,
            by=request.user,
            values={name: str(form.cleaned_data[name]) for name in form.changed_data},
        )


class AttemptInline(LookOnly, admin.StackedInline):
    model = Attempt
    fields = [
        ("purpose", "number", "irreversible"),
        ("sent_at", "outcome", "answered_at"),
        "remote_id",
    ]
    ordering = ["pk"]


@admin.register(Job)
class JobAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "row_number",
        "what",
        "account",
        "state",
        "step",
        "progress",
        "asked_by",
        "created_at",
        "said",
    ]
    list_filter = ["state", "kind", "account"]
    list_select_related = ["account", "asked_by"]
    inlines = [AttemptInline]
    fields = [
        "what",
        "account",
        "lane",
        "state",
        "said",
        "step",
        "progress",
        "due_at",
        "deadline",
        "waits_for",
        "claimed_by",
        "lease_until",
        "asked_by",
        "created_at",
        "started_at",
        "finished_at",
    ]

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, job: Job) -> str:
        return title_of(job)

    @admin.display(description=_("why"))
    def said(self, job: Job) -> str:
        return job.message


@admin.register(Attempt)
class AttemptAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "row_number",
        "job",
        "purpose",
        "number",
        "irreversible",
        "sent_at",
        "outcome",
        "remote_id",
    ]
    list_filter = ["outcome", "irreversible"]
    list_select_related = ["job"]


@admin.register(LuccaCall)
class LuccaCallAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "sent_at",
        "account",
        "method",
        "path",
        "status",
        "failure",
        "duration_ms",
        "deprecation",
        "sunset",
        "job",
    ]
    list_filter = ["account", "method", "status"]
    list_select_related = ["account", "job"]
    date_hierarchy = "sent_at"


@admin.register(Event)
class EventAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["seq", "at", "verb", "subject", "account", "who", "values", "hash"]
    list_filter = ["account", "verb"]
    search_fields = ["subject"]
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        detail = EventDetail.objects.filter(seq=OuterRef("seq"))
        events: QuerySet[Event] = super().get_queryset(request)
        return events.annotate(
            _actor=Subquery(detail.values("actor")[:1]),
            _values=Subquery(detail.values("values")[:1]),
        )

    @admin.display(description=_("who"))
    def who(self, event: Any) -> str:
        if event._actor == SYSTEM:
            return str(_("the system"))
        return event._actor or str(_("erased"))

    @admin.display(description=_("values"))
    def values(self, event: Any) -> str:
        values = event._values or {}
        return ", ".join(f"{name}: {value}" for name, value in values.items())


@admin.register(Employee)
class EmployeeAdmin(LookOnly, admin.ModelAdmin):
    list_display = [
        "login",
        "last_name",
        "first_name",
        "account",
        "contract_start",
        "contract_end",
        "seen_at",
    ]
    list_filter = ["account"]
    list_select_related = ["account"]
    search_fields = ["login", "last_name", "first_name"]


class AreaInline(LookOnly, admin.TabularInline):
    model = Area
    fields = ["name", "remote_id"]


@admin.register(WorkLocation)
class WorkLocationAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["name", "type", "is_active", "account", "seen_at"]
    list_filter = ["account", "is_active"]
    list_select_related = ["account"]
    inlines = [AreaInline]


@admin.register(Heartbeat)
class HeartbeatAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["name", "started_at", "beat_at", "echo_at", "stopped_at"]
