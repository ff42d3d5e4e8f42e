"""The portal's applications: the admin site that is ours, and the portal itself."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PortalAdminConfig(AdminConfig):
    default_site = "portal.site.PortalSite"


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        # The first three register the system checks and the kinds of jobs.
        from portal import account_checks, checks, directory, notices  # noqa: F401
        from portal.groups import ensure_groups
        from portal.jobs import sweeper
        from portal.triggers import after_migrate

        sweeper.also(notices.nudge)
        # Not signals of our own: Django offers no other place that runs after every migrate.
        # A later AlterField on SQLite rebuilds a table and drops its triggers without a word.
        post_migrate.connect(after_migrate, sender=self)
        post_migrate.connect(ensure_groups)
