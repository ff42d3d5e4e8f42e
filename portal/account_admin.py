"""The list and the settings of accounts in the admin; portal.admin has it registered."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal import accounts
from portal.admin_lists import Named
from portal.audit import record
from portal.keys import key_of
from portal.models import Account
from portal.pages import account as account_page
from portal.pages import account_list


class AccountForm(forms.ModelForm):
    """Only what this person changes is stored: beside what a form showed stands a copy, so that a
    value which was learned or set by somebody else in the meantime is not taken for an old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for field in self.fields.values():
                field.show_hidden_initial = True


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
                    *("reconcile_after", "snapshots", "location_filter"),
                    *("import_path", "import_part_name", "import_part_type"),
                ]
            },
        ),
        (
            _("Timesheet exports"),
            {"fields": ["export_path", "export_trigger_path", "export_content"]},
        ),
        (
            _("Timesheet reports"),
            {
                "fields": [
                    *("report_path", "report_status_path", "report_template_path"),
                    "report_end_included",
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
        return cast(HttpResponse, account_page.page(request, pk=key_of(object_id)))

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
