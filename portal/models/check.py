"""What Lucca let an account's key do when it was last asked."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.account import Account


class AccountCheck(models.Model):
    """The findings of one job of portal.account_checks: the detail of that job.

    `probes` are those of portal.probes, each {"name", "ok", "found", "params", "ask"} with slugs
    and numbers only, so that every reader gets the sentences in their language.
    """

    account = models.ForeignKey(
        Account, models.CASCADE, verbose_name=_("account"), related_name="checks"
    )
    job = models.OneToOneField(
        "portal.Job", models.CASCADE, verbose_name=_("job"), related_name="account_check"
    )
    probes = models.JSONField(default=list)
    # Null while questions are still to be asked.
    checked_at = models.DateTimeField(_("checked"), null=True)

    class Meta:
        verbose_name = _("check of an account")
        verbose_name_plural = _("checks of accounts")
        ordering = ["-pk"]
        # Shown with the account, to whoever may see it.
        default_permissions = ()
