"""The admin site."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class PortalSite(AdminSite):
    site_header = _("Lucca portal")
    site_title = _("Lucca portal")
    index_title = _("Work in Lucca")
    empty_value_display = "–"
    # “View site” would lead here again.
    site_url = None
