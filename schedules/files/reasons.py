"""Why the jobs of a file of overrides stand where they stand."""

from django.utils.translation import gettext_lazy as _

from portal.reasons import register

register(
    {
        "override-file-model": _(
            "The account's schedule model was unset meanwhile, so nothing was read. Have it set in"
            " the account's settings, then upload the file again."
        ),
        "override-file-in-part": _(
            "The launch has ended. Verified: %(verified)s; different: %(different)s; applied, not"
            " verified: %(applied)s; not applied: %(failed)s; unknown: %(unknown)s; not sent:"
            " %(not_sent)s. The lines below say which."
        ),
        "override-file-nothing": _(
            "The launch has ended, and nothing was applied. The lines below say why."
        ),
        "override-file-not-taken-back": _(
            "The withdrawal has ended. Taken back: %(withdrawn)s; still there, or unknown:"
            " %(left)s. The lines below say which."
        ),
    }
)
