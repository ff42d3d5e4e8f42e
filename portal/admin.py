"""Admin pages of the portal's own tables: mostly to look at, because their rows are evidence."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success

from portal import notices
from portal.account_admin import AccountAdmin
from portal.admin_lists import LookOnly, Named
from portal.audit import SYSTEM
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
    Notice,
    User,
    WorkLocation,
)
from portal.models.directory import Area

# The queue's own pages run any Python function and run anything again.
for _model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


# Boxes to tick: the admin's two lists with arrows between them cannot be read by a screen reader.
_TICKED: Any = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}


admin.site.register(Account, AccountAdmin)


@admin.register(User)
class UserAdmin(Named, DjangoUserAdmin):
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("The person"), {"fields": ["first_name", "last_name", "email", "language"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        # Roles are groups; these are for the exception.
        (
            _("Single rights, besides the groups"),
            {"classes": ["collapse"], "fields": ["user_permissions"]},
        ),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    # What happened is not for anybody to write.
    readonly_fields = ["last_login", "date_joined"]
    formfield_overrides = _TICKED


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(Named, DjangoGroupAdmin):
    formfield_overrides = _TICKED


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


@admin.register(Notice)
class NoticeAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["subject", "user", "created_at", "due_at", "sent_at", "tries", "error"]
    list_select_related = ["user"]
    fields = [
        "subject",
        "user",
        "path",
        "created_at",
        "due_at",
        "began_at",
        "sent_at",
        "tries",
        "error",
    ]

    @admin.display(description=_("what"))
    def subject(self, notice: Notice) -> str:
        return notices.words(notice)
