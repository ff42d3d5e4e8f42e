"""What a group of ours was given, so that a later version can give it what is new and no more."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class OfferedPermission(models.Model):
    """A permission that a group of ours got once. Should an administrator take it away, it stays
    away: it is not offered again."""

    group = models.ForeignKey(
        Group, models.CASCADE, verbose_name=_("group"), related_name="offered_permissions"
    )
    code = models.CharField(_("permission"), max_length=150)

    class Meta:
        verbose_name = _("permission of a role")
        verbose_name_plural = _("permissions of roles")
        constraints = [
            models.UniqueConstraint(fields=["group", "code"], name="permission_offered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.code}"
