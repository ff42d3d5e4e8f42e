"""What stands in the way of an override, and why its jobs stand where they stand, in the words that
staff read. Findings (schedules.overrides.findings) and jobs share them."""

from django.utils.translation import gettext_lazy as _

from portal.reasons import register

register(
    {
        # What was typed.
        "duration-unreadable": _(
            "No duration can be read in “%(text)s”. Write hours as 3:30, or days as 0.5."
        ),
        "duration-too-long": _(
            "More than a day: “%(text)s”. Write hours as 3:30, at most 24:00, or days as 0.5, at"
            " most 1."
        ),
        "duration-missing": _("Say how long the employee is to work: hours as 3:30, days as 0.5."),
        "duration-without-work": _(
            "A duration goes with work only. Leave it empty, or choose “worked”."
        ),
        "clock-unreadable": _("No time of the day can be read in “%(text)s”. Write it as 09:00."),
        "start-without-work": _("A start goes with work only. Leave it empty, or choose “worked”."),
        "more-than-half": _("Half a day is at most 0.5 days."),
        "ends-after-midnight": _("This work would end after midnight. Lucca keeps days apart."),
        # What Lucca shows.
        "outside-contract": _(
            "Lucca has no schedule for this employee on this day: there is no contract then, or the"
            " API key may not see the employee. Nothing can be changed."
        ),
        "several-assignments": _(
            "Lucca has several working time arrangements for this employee on this day. Have that"
            " put right in Lucca first."
        ),
        "unit-not-known": _(
            "Nobody has said yet whether this employee's time is counted in days, in hours or in"
            " hours of the clock. Say it under “Units of employees, as set here”, then look again."
        ),
        "counted-in-days": _(
            "This employee's time is counted in days. Write the duration as 0.5 or 1."
        ),
        "counted-in-hours": _(
            "This employee's time is counted in hours. Write the duration as 3:30."
        ),
        "start-missing": _(
            "This employee has hours of the clock. Say when the work starts, as 09:00."
        ),
        "start-not-used": _(
            "This employee's time has no hours of the clock. Leave the start empty."
        ),
        "not-split": _(
            "This employee's schedule does not split days into halves. Choose the full day."
        ),
        "nature-not-kept": _(
            "With work cycles, Lucca knows only “off” and “worked”. Choose one of them."
        ),
        "comment-not-kept": _("With work cycles, Lucca keeps no comment: it stays in the portal."),
        "conflict": _(
            "Somebody else changed this part of the day already (%(what)s). Nothing is sent over"
            " it. If the change has to go, take it back in Lucca, then look again."
        ),
        "reaches-over": _(
            "What somebody else planned on the eve reaches into this day (%(what)s). Change it in"
            " Lucca first, then look again."
        ),
        "locked": _(
            "A change of this day is locked in Lucca, so that nothing can be written on it. Ask who"
            " may unlock it."
        ),
        "cannot-be-kept": _(
            "This day holds a change of somebody else's that the portal cannot send back as it is"
            " (%(what)s), so nothing is sent. Make yours in Lucca."
        ),
        "replaces-ours": _("It replaces what the portal wrote earlier: %(what)s."),
        "timesheet-submitted": _(
            "A timesheet that covers this day is submitted or approved. The change takes that back:"
            " the employee must submit it again."
        ),
        "timesheets-not-readable": _(
            "Whether a timesheet that covers this day was submitted cannot be seen with this API"
            " key. If one was, the change takes its approval back."
        ),
        # What became of it.
        "override-not-read": _("The day could not be read: %(why)s Look again."),
        "override-conflict": _(
            "Meanwhile somebody else changed this part of the day, or it was locked. Nothing was"
            " sent. Look again."
        ),
        "override-restless": _(
            "The day was changed by somebody else each time it was read. Nothing was sent. Wait a"
            " little, then look again."
        ),
        "override-account-changed": _(
            "The account's address or schedule model was changed meanwhile. Nothing was sent. Ask"
            " for the change anew."
        ),
        "override-different": _(
            "Lucca took it, but the day is not as it was meant to be. Compare before and after"
            " below. What stood there is kept."
        ),
        "override-not-verified": _(
            "Lucca took it, but the day could not be read afterwards: %(why)s Look at it in Lucca."
        ),
        "override-in-part": _(
            "Only the first half was written, the second was not. %(why)s Take it back, or ask for"
            " the second half by itself."
        ),
        "override-refused": _("Lucca refused it (%(status)s), and the day is as it was."),
        "override-refused-changed": _(
            "Lucca refused it (%(status)s), and yet the day is not as it was. Compare before and"
            " after below, and put it right in Lucca. What stood there is kept."
        ),
        "override-unknown": _(
            "Lucca did not say what became of it, and it may still be carried out. Nothing is sent"
            " again. The portal reads the day again by itself."
        ),
        "override-found": _("Lucca's answer was lost, and the day shows that it was carried out."),
        "override-never-came": _(
            "Lucca's answer was lost, and two readings apart show that it was not carried out."
        ),
        "withdrawal-in-part": _(
            "Only the first half was taken back, the second was not. %(why)s Look at the day in"
            " Lucca, then take it back again."
        ),
        "withdrawal-not-known": _(
            "Lucca never said which change of this day is the portal's, so nothing was taken back."
            " Take it back in Lucca."
        ),
        "override-never-sent": _("The other half was not sent."),
        "withdrawal-nothing": _(
            "There is nothing to take back: what the portal wrote is not there any more."
        ),
        "withdrawal-changed": _(
            "Somebody changed what the portal wrote, or it was locked, so it was left as it is."
            " Take it back in Lucca."
        ),
    },
    {
        "override-conflict": _("Meanwhile somebody else changed this part of the day."),
        "override-never-came": _("Two readings apart show that it was not carried out."),
    },
)
