"""The admin site."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from portal import home


class PortalSite(AdminSite):
    site_header = _("Lucca portal")
    site_title = _("Lucca portal")
    index_title = _("Work in Lucca")
    empty_value_display = "–"
    # “View site” would lead here again.
    site_url = None

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return super().index(request, {**home.context(request), **(extra_context or {})})
