"""Why an assignment stands where it stands, in the words that staff read."""

from django.utils.translation import gettext_lazy as _

from portal.reasons import register

register(
    {
        "assignment-changed": _(
            "Somebody changed the employee's arrangements in Lucca since this was confirmed."
            " Nothing was sent. Look anew, then decide again."
        ),
        "assignment-arrangement-gone": _(
            "The arrangement was archived, or lost its schedule, since this was confirmed. Nothing"
            " was sent. Choose another one."
        ),
        "assignment-account-changed": _(
            "The account has another address, or keeps schedules in another way, since this was"
            " confirmed. Nothing was sent."
        ),
        "assignment-differs": _(
            "Lucca made the assignment, but the employee's arrangements are not as expected: the"
            " one before does not end on the eve, or there is more than one new. Look in Lucca, in"
            " the employee's work contract, and put it right there."
        ),
        "assignment-not-listed": _(
            "Lucca answered that it made the assignment (%(number)s), but does not list it. Look in"
            " Lucca, in the employee's work contract, before you do anything else."
        ),
        "assignment-not-read-back": _(
            "Lucca answered that it made the assignment (%(number)s), but could not be asked for it"
            " again: %(why)s Look in Lucca, in the employee's work contract."
        ),
        "assignment-unknown": _(
            "The request left, and what became of it is not known: %(why)s Lucca may have made the"
            " assignment, so nothing will be sent again. The portal looks again by itself."
        ),
        "assignment-unclear": _(
            "The request left, and its answer was lost. Lucca now lists another change of the"
            " employee's arrangements, so what became of ours cannot be told. Look in Lucca, in the"
            " employee's work contract, then say what you found."
        ),
        "assignment-seen": _("The answer was lost, but Lucca lists the assignment: it was made."),
        "assignment-absent": _(
            "Lucca does not list the assignment, in two readings long after the request: it was not"
            " made. It can be asked for anew."
        ),
    }
)
