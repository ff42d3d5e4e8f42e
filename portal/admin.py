"""Admin pages of the portal's own tables: mostly to look at, because their rows are evidence."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success

from portal import accounts, notices
from portal.audit import SYSTEM, record
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
from portal.pages import account as account_page
from portal.pages import account_list

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


class AccountForm(forms.ModelForm):
    """Only what this person changes is stored: beside what a form showed stands a copy, so that a
    value which was learned or set by somebody else in the meantime is not taken for an old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for field in self.fields.values():
                field.show_hidden_initial = True


@admin.register(Account)
class AccountAdmin(Named, admin.ModelAdmin):
    """The list and the settings; the page of an account is portal.pages.account."""

    form = AccountForm
    list_display = ["label", "kind_badge", "key", "findings", "directory_age", "last_call"]
    list_filter = ["kind"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (_("The account"), {"fields": ["label", "kind", "base_url", "time_zone"]}),
        (
            _("Requests"),
            {"fields": ["requests_per_minute", "connect_timeout", "read_timeout", "page_size"]},
        ),
        (_("Employees and places"), {"fields": ["directory_max_age", "unknown_login"]}),
        (
            _("Imports"),
            {
                "fields": [
                    *("lines_per_upload", "analysis_max_age", "progress_deadline"),
                    *("reconcile_after", "import_path", "import_part_name", "import_part_type"),
                ]
            },
        ),
        (_("Schedules"), {"fields": ["schedule_model"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        accounts: QuerySet[Account] = super().get_queryset(request)
        return account_list.with_facts(accounts)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_badge(self, account: Account) -> str:
        return account_list.kind(account)

    @admin.display(description=_("API key"))
    def key(self, account: Account) -> str:
        return account_list.key(account)

    @admin.display(description=_("what the key may do"))
    def findings(self, account: Account) -> str:
        return account_list.findings(account)

    @admin.display(description=_("employees and places"))
    def directory_age(self, account: Account) -> str:
        return account_list.directory_age(account)

    @admin.display(description=_("last call"))
    def last_call(self, account: Account) -> str:
        return account_list.last_call(account)

    def get_urls(self) -> list[URLPattern]:
        def page(where: str, view: Any) -> URLPattern:
            name = f"portal_account_{where.replace('-', '_')}"
            found: URLPattern = path(f"<int:pk>/{where}/", view, name=name)
            return found

        guarded = self.admin_site.admin_view
        return [
            # Says itself where to go when the session has ended.
            page("live", account_page.live),
            page("check", guarded(account_page.check)),
            page("read-directory", guarded(account_page.read_directory)),
            page("settings", guarded(self.settings_view)),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else "0"
        return account_page.page(request, pk=int(number))

    def settings_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        title = {"title": _("Settings of the account")}
        return super().change_view(request, str(pk), extra_context=title)

    def response_post_save_change(self, request: HttpRequest, obj: Account) -> HttpResponseRedirect:
        return redirect(account_page.address(obj.pk))

    response_post_save_add = response_post_save_change

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        accounts.save(obj, form.changed_data)
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
