"""Check, analysis, launch, result: which are done, where the batch stands, and since when."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import ngettext, pgettext_lazy

from imports.models import ImportBatch
from imports.stages import Stage
from portal.pages.parts import Step
from portal.words import number as in_words

S = Stage
NAMES = (
    pgettext_lazy("step", "Check"),
    pgettext_lazy("step", "Analysis"),
    pgettext_lazy("step", "Launch"),
    pgettext_lazy("step", "Result"),
)
_LAUNCH, _RESULT = 2, 3
# The step at which a batch of this stage stands.
_CURRENT = {
    S.RECEIVED: 0, S.CHECKING: 0, S.TO_CORRECT: 0,
    S.CHECKED: 1, S.ANALYSING: 1,
    S.ANALYSED: 2, S.AWAITING_APPROVAL: 2,
    S.IMPORTING: 3, S.PAUSED: 3, S.DONE: 3, S.PARTIAL: 3, S.FAILED: 3, S.UNKNOWN: 3,
}  # fmt: skip
TONES = {
    S.RECEIVED: "info", S.CHECKING: "info", S.CHECKED: "info", S.ANALYSING: "info",
    S.ANALYSED: "info", S.AWAITING_APPROVAL: "warning", S.IMPORTING: "info",
    S.TO_CORRECT: "warning", S.DONE: "good", S.PARTIAL: "warning", S.FAILED: "error",
    S.UNKNOWN: "error", S.PAUSED: "warning", S.CANCELLED: "quiet",
}  # fmt: skip


def steps(batch: ImportBatch, reached: Mapping[str, datetime]) -> list[Step]:
    """`reached`: when the batch last came to each stage."""
    stage = Stage(batch.stage)
    current = _CURRENT.get(stage, _where_cancelled(batch))
    ends = _ends(batch, reached)
    found = []
    for number, name in enumerate(NAMES):
        if number == _RESULT and batch.ahead and current >= _LAUNCH:
            found.append(_first_lines(batch))
            if found[-1].is_current:
                found.append(Step(name, "ahead", False, None, ""))
                break
        here = number == current and stage != S.CANCELLED
        at = ends[number] if number < current or stage == S.DONE else None
        said = str(batch.get_stage_display()) if here else ""
        found.append(Step(name, _state(stage, number, current), here, at, said))
    return found


def _first_lines(batch: ImportBatch) -> Step:
    """A step of its own where the first lines go ahead."""
    words = ngettext("First line", "First %(count)s lines", batch.ahead)
    name = words % {"count": in_words(batch.ahead)}
    if batch.stage in (S.ANALYSED, S.AWAITING_APPROVAL):
        return Step(name, "ahead", False, None, "")
    at = batch.rest_released_at
    if at is None and batch.stage in (S.IMPORTING, S.PAUSED):
        is_doubt = batch.stage == S.PAUSED and batch.reason != "canary-verified"
        return Step(name, "bad" if is_doubt else "current", True, None, batch.get_stage_display())
    return Step(name, "done" if at or batch.kept_back else "ahead", False, at, "")


def _state(stage: Stage, number: int, current: int) -> str:
    if number < current or stage == S.DONE:
        return "done"
    if number > current or stage == S.CANCELLED:
        return "ahead"
    return "bad" if stage in (S.TO_CORRECT, S.PARTIAL, S.FAILED, S.UNKNOWN) else "current"


def _ends(batch: ImportBatch, reached: Mapping[str, datetime]) -> list[datetime | None]:
    checked = [at for at in (reached.get(S.CHECKED), reached.get(S.TO_CORRECT)) if at]
    return [max(checked, default=None), batch.analysed_at, batch.launched_at, batch.touched_at]


def _where_cancelled(batch: ImportBatch) -> int:
    """The first step that was not done before somebody, or age, cancelled."""
    return 2 if batch.analysed_at else int(bool(batch.detected) and not batch.refused_here)
