"""Why an import stands where it stands, and what comes next, in the words that staff read."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from imports.models import ImportBatch
from imports.stages import Stage
from portal.reasons import register
from portal.sheets.read_as import read_as
from portal.words import number, written

register(
    {
        "places-changed": gettext_lazy(
            "Places of the file are no longer in Lucca as they were: %(places)s. Nothing was sent."
            " Check the file again to see the lines."
        ),
        "analysis-too-old": gettext_lazy(
            "Lucca's analysis had become too old when it was this import's turn, so nothing was"
            " sent. Check and analyse the file again."
        ),
        "file-changed": gettext_lazy(
            "The stored file is not the one that was checked any more, so nothing was sent. Tell"
            " the portal's administrator."
        ),
        "import-answer-lost": gettext_lazy(
            "Lucca did not confirm after we sent the file: %(why)s It may have been imported."
            " Nothing will be sent again until someone looks."
        ),
        "import-stuck": gettext_lazy(
            "Lucca took the file, and its progress stopped moving. It may have been imported in"
            " part. Nothing will be sent again until someone looks."
        ),
        "import-lost-sight": gettext_lazy(
            "Lucca took the file, and then its outcome could not be read: %(why)s It may have been"
            " imported. Nothing will be sent again until someone looks."
        ),
        "lines-refused": ngettext_lazy(
            "Lucca refused %(refused)s line; the others are imported.",
            "Lucca refused %(refused)s lines; the others are imported.",
            "refused",
        ),
        "count-differs": gettext_lazy(
            "Lucca's results count other lines than were sent. Compare some entries in Lucca."
        ),
        "count-unclear": gettext_lazy(
            "Lucca's results do not account for every line that was sent. Look in Lucca at the"
            " lines that are not decided."
        ),
        "all-refused": gettext_lazy("Lucca refused every line."),
        "rest-not-sent": gettext_lazy(
            "The parts before part %(part)s of %(parts)s were sent and answered. Part %(part)s was"
            " not imported, nor what follows it. About part %(part)s: %(why)s"
        ),
        "reading-moved": gettext_lazy(
            "Entries changed in Lucca while they were read, twice in a row, so some may be missing"
            " here. Read again when less is going on."
        ),
        "snapshot-failed": gettext_lazy(
            "What stands in Lucca could not be kept, so nothing was sent: %(why)s Launch again, or"
            " launch without keeping it: then it cannot be put back."
        ),
        "reconciled-all": gettext_lazy("Read back in Lucca: every line that was sent is there."),
        "reconciled-some": gettext_lazy(
            "Read back in Lucca, the part that was in doubt: lines that are there: %(verified)s;"
            " lines that are not: %(absent)s."
        ),
        "reconciled-none": gettext_lazy(
            "Read back in Lucca twice: no line of the part that was in doubt is there, so it was"
            " not imported."
        ),
        "reconciled-rest-not-sent": gettext_lazy(
            "Read back in Lucca: part %(part)s of %(parts)s is there. What follows it was never"
            " sent."
        ),
        "reading-long": gettext_lazy(
            "Reading Lucca back takes longer than a minute, so it has not begun. It begins when"
            " somebody who has seen how long it takes asks for it."
        ),
        "reading-stopped": gettext_lazy("The reading was stopped, so nothing is known from it."),
        "reading-void": gettext_lazy(
            "What was read is of another file or another address, so it proves nothing. Read again."
        ),
        "verification-unread": gettext_lazy(
            "What stands in Lucca could not be read: %(why)s Nothing else depends on that."
        ),
        "verification-moved": gettext_lazy(
            "Entries changed in Lucca while they were read, twice in a row: what is missing here"
            " may have been overlooked. Read again when less is going on."
        ),
        "verification-filtered": gettext_lazy(
            "Lucca was asked for some days only, in a way that it does not document: what is"
            " missing here may have been left out of its answer. Read all entries to be sure."
        ),
        "canary-verified": ngettext_lazy(
            "The first line is in Lucca as it was sent. The rest waits for you, as was chosen"
            " before the launch.",
            "The first %(lines)s lines are in Lucca as they were sent. The rest waits for you, as"
            " was chosen before the launch.",
            "lines",
        ),
        "canary-doubt": gettext_lazy(
            "Of the first %(lines)s lines, %(verified)s are in Lucca as they were sent. The rest"
            " was not sent."
        ),
        "canary-refused": gettext_lazy(
            "Of the first %(lines)s lines, Lucca confirmed %(accepted)s. The rest was not sent."
        ),
        "canary-unread": gettext_lazy(
            "The first lines were sent, and could not be read back: %(why)s The rest was not sent."
        ),
        "canary-stale": gettext_lazy(
            "The first lines are in Lucca. The rest cannot be sent any more, because Lucca's"
            " analysis is too old by now or was made at another address. End the import here, and"
            " make an import of the lines that were not sent."
        ),
        "canary-lane": gettext_lazy(
            "The first lines are in Lucca. The rest was not sent, because another import of this"
            " account ended without a known outcome (job %(job)s). Go on once somebody has settled"
            " it."
        ),
        "canary-ended": ngettext_lazy(
            "Ended by a person after the first lines: %(rest)s line was not sent.",
            "Ended by a person after the first lines: %(rest)s lines were not sent.",
            "rest",
        ),
        "canary-expired": ngettext_lazy(
            "Ended after the first lines, because nobody decided on the rest for too long:"
            " %(rest)s line was not sent.",
            "Ended after the first lines, because nobody decided on the rest for too long:"
            " %(rest)s lines were not sent.",
            "rest",
        ),
        "corrected-in": gettext_lazy(
            "Its lines were corrected: import %(batch)s holds them and goes on in place of this"
            " one."
        ),
        "expired": gettext_lazy(
            "Cancelled because nobody went on with it for too long. Nothing was changed in Lucca."
        ),
    },
    briefly={
        "analysis-too-old": gettext_lazy("Lucca's analysis had become too old."),
        "places-changed": gettext_lazy(
            "Places of the file are no longer in Lucca as they were: %(places)s."
        ),
        "file-changed": gettext_lazy("The stored file is not the one that was checked any more."),
    },
)


def next_step(batch: ImportBatch) -> str:
    """What happened, and the one next thing to do, as sentences."""
    return f"{batch.message} {advice(batch)}".strip()


def advice(batch: ImportBatch) -> str:
    """The one next thing to do."""
    return {
        Stage.RECEIVED: _("Have the file checked."),
        Stage.CHECKING: _("The file is being checked; it goes on by itself."),
        Stage.TO_CORRECT: _to_correct(batch),
        Stage.CHECKED: _("Have Lucca analyse the file; this changes nothing."),
        Stage.ANALYSING: _("Lucca analyses the file; it goes on by itself."),
        Stage.ANALYSED: _analysed(batch),
        Stage.AWAITING_APPROVAL: _("A second person must approve this import."),
        Stage.IMPORTING: _("Lucca imports the file; it goes on by itself."),
        Stage.PAUSED: _(
            "Look at what was found, then send the rest or end the import here: manage.py"
            " continue_import %(id)s, or manage.py continue_import %(id)s --end."
        )
        % {"id": batch.pk},
        Stage.DONE: _done(batch),
        Stage.PARTIAL: _partial(batch),
        Stage.FAILED: _("Nothing was imported. Remove the cause, then check the file again."),
        Stage.UNKNOWN: _(
            "Have Lucca read back: manage.py reconcile_import %(id)s. Or look in Lucca and say what"
            " you found: manage.py settle_import %(id)s. Do not send the file again before."
        )
        % {"id": batch.pk},
        Stage.CANCELLED: _("Nothing to do: nothing was imported."),
    }[Stage(batch.stage)]


def _partial(batch: ImportBatch) -> str:
    if batch.reason.startswith("reconciled"):
        return _("The page of the import makes a new import of the missing lines.")
    if batch.kept_back:
        return _("The page of the import makes a new import of the lines that were not sent.")
    if batch.reason == "count-unclear":
        # Its own sentence says what to do; nobody knows yet which lines to send again.
        return ""
    return _("Correct the lines that are missing and send them as a new file.")


def _to_correct(batch: ImportBatch) -> str:
    if batch.unusable:
        return _("Correct the file and send it again.")
    return ngettext(
        "Correct %(count)s line and send it again, or leave it out and import the others.",
        "Correct %(count)s lines and send them again, or leave them out and import the others.",
        batch.refused_here,
    ) % {"count": number(batch.refused_here)}


def _done(batch: ImportBatch) -> str:
    missing = batch.refused_here + batch.left_out
    if not missing:
        return _("Nothing to do: every line is imported.")
    return ngettext(
        "Every line that was sent is imported. %(count)s line was left out: correct it and send it"
        " as a new file.",
        "Every line that was sent is imported. %(count)s lines were left out: correct them and"
        " send them as a new file.",
        missing,
    ) % {"count": number(missing)}


def _analysed(batch: ImportBatch) -> str:
    if batch.refused_by_lucca:
        return _refused(batch) % {"count": number(batch.refused_by_lucca)}
    return _("Launch the import; it cannot be undone.")


def _refused(batch: ImportBatch) -> str:
    if batch.undecided:
        return ngettext(
            "Lucca would refuse %(count)s line: correct it, or leave it out and import the others.",
            "Lucca would refuse %(count)s lines: correct them, or leave them out and import the"
            " others.",
            batch.refused_by_lucca,
        )
    return ngettext(
        "Lucca would refuse %(count)s line, and no other is left: correct it and send it again.",
        "Lucca would refuse %(count)s lines, and no other is left: correct them and send them"
        " again.",
        batch.refused_by_lucca,
    )


def counts(batch: ImportBatch) -> str:
    """The sentence of counts, which add up."""
    parts = [
        (n := batch.accepted, ngettext("%(n)s accepted", "%(n)s accepted", n)),
        (
            n := batch.refused_by_lucca,
            ngettext("%(n)s refused by Lucca", "%(n)s refused by Lucca", n),
        ),
        (n := batch.refused_here, ngettext("%(n)s to correct", "%(n)s to correct", n)),
        (n := batch.left_out, ngettext("%(n)s left out", "%(n)s left out", n)),
        (n := batch.undecided, ngettext("%(n)s not decided yet", "%(n)s not decided yet", n)),
        (n := batch.blank, ngettext("%(n)s blank", "%(n)s blank", n)),
    ]
    said = ", ".join(words % {"n": number(count)} for count, words in parts if count)
    return ngettext("%(total)s line: %(said)s", "%(total)s lines: %(said)s", batch.total) % {
        "total": number(batch.total),
        "said": said or "–",
    }


def detected_words(detected: dict[str, Any]) -> str:
    """What the check found the file to be."""
    if not detected:
        return ""
    said = read_as(detected)
    return f"{said}. {_grid_words(detected['grid'])}" if "grid" in detected else said


def _grid_words(grid: dict[str, Any]) -> str:
    """“Weekly grid: 5 days from Monday 9 March 2026”."""
    days = ngettext("%(count)s day from %(first)s", "%(count)s days from %(first)s", grid["days"])
    first = written(date.fromisoformat(grid["first_day"]), "l j F Y")
    return _("Weekly grid: %(days)s") % {
        "days": days % {"count": number(grid["days"]), "first": first}
    }
