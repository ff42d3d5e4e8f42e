"""What the code keeps to everywhere, read from the code itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import ForeignKey
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from portal.reasons import REASONS

ROOT = Path(settings.BASE_DIR)
APPS = ("imports", "schedules", "reports")
# Of the client, the simulator and the sheets: what they may know of ours.
ALONE = {
    "portal/lucca": ("portal.lucca", "portal.reasons", "portal.__version__"),
    "portal/simulator": ("portal.simulator",),
    "portal/sheets": ("portal.sheets",),
}


def sources(*folders: str) -> list[Path]:
    """Our own modules, without migrations."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


EVERYTHING = sources("portal", *[app for app in APPS if (ROOT / app).is_dir()])


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in it."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *((node.module or "").split(".") if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_there_is_code_to_look_at() -> None:
    assert len(EVERYTHING) > 80


def test_applications_do_not_import_each_other() -> None:
    for path in EVERYTHING:
        own = path.relative_to(ROOT).parts[0]
        for name in imported(path):
            root = name.split(".")[0]
            assert root not in APPS or root == own, f"{path} imports {name}"


@pytest.mark.parametrize("folder", ALONE)
def test_what_stands_alone_knows_nothing_of_ours(folder: str) -> None:
    for path in sources(folder):
        for name in imported(path):
            ours = name.split(".")[0] in ("portal", "tests", *APPS)
            allowed = ALONE[folder]
            assert not ours or name.startswith(allowed), f"{path} imports {name}"
            assert not name.startswith("django.db"), f"{path} imports {name}"


def test_the_client_is_usable_without_a_database() -> None:
    """As it is, not as it is written: nothing of what it imports brings a model along."""
    program = (
        "import sys, portal.lucca.session, portal.lucca.office, portal.lucca.directory\n"
        "import portal.lucca.timesheet, portal.lucca.overrides, portal.lucca.workcycles\n"
        "bad = ('django.db', 'portal.models', 'portal.jobs', 'portal.budget', 'imports')\n"
        "print([name for name in sys.modules if name.startswith(bad)])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_shared_layer_below_does_not_look_up() -> None:
    """models and jobs know neither admin, nor forms, nor commands."""
    for path in sources("portal/models", "portal/jobs", "portal/lucca"):
        for name in imported(path):
            assert not name.startswith(
                ("portal.admin", "portal.management", "django.contrib.admin")
            )


# Where each state is written, and nowhere else.
HOMES = {
    "state": ("portal/jobs/models.py", "reports/models/planned.py"),
    "stage": ("imports/models.py",),
}


@pytest.mark.parametrize("field", HOMES)
def test_a_state_is_written_in_one_place(field: str) -> None:
    for path in EVERYTHING:
        if str(path.relative_to(ROOT)) in HOMES[field]:
            continue
        for node in ast.walk(tree(path)):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            writes = ("update", "update_or_create", "bulk_update", "write")
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in writes:
                assert field not in {keyword.arg for keyword in node.keywords}, where
            if isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for part in (part for target in targets for part in ast.walk(target)):
                    written = isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
                    assert not (written and part.attr == field), where


def test_lucca_is_never_called_from_a_model_or_a_template_tag() -> None:
    for path in EVERYTHING:
        if "models" in path.parts or path.name in ("models.py", "signals.py"):
            for name in imported(path):
                assert not name.startswith(("portal.connect", "portal.lucca", "requests")), path


def test_only_one_place_makes_a_session_with_lucca() -> None:
    for path in EVERYTHING:
        relative = str(path.relative_to(ROOT))
        if relative.startswith(("portal/lucca/", "portal/simulator/")):
            continue
        makes = "portal.lucca.session.Session" in set(imported(path))
        calls = any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Session"
            for node in ast.walk(tree(path))
        )
        assert not (makes and calls) or relative == "portal/connect.py", path


NAMES_A_TEMPLATE = re.compile(r"""{% *(?:include|extends) +["']([^"']+)["']""")


def test_templates_that_templates_name_are_there() -> None:
    named = [
        (path, name)
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for name in NAMES_A_TEMPLATE.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(named) > 100
    for path, name in named:
        try:
            get_template(name)
        except TemplateDoesNotExist:
            pytest.fail(f"{path.relative_to(ROOT)} names {name}, which is not there")


def test_nothing_is_marked_safe() -> None:
    for path in EVERYTHING:
        assert not {"mark_safe", "SafeString"} & {name.split(".")[-1] for name in imported(path)}
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text, path
        assert "autoescape off" not in text, path


# Methods and errors whose first argument is a slug of portal.reasons.
TAKE_A_REASON = {
    *("fail", "lose_sight", "finish_in_part", "_give_up", "_lose_sight", "give_up"),
    *("Unreachable", "Throttled", "Misconfigured", "Refused", "OutcomeUnknown", "Unexpected"),
}


def reasons_used(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        first = node.args[:2] if name.startswith("_") else node.args[:1]
        constants = [arg for arg in first if isinstance(arg, ast.Constant)]
        if name in TAKE_A_REASON:
            yield from ((arg.value, node.lineno) for arg in constants if isinstance(arg.value, str))
        for keyword in node.keywords:
            if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant):
                yield keyword.value.value, node.lineno


def test_every_reason_has_its_sentence() -> None:
    used = [(slug, path, line) for path in EVERYTHING for slug, line in reasons_used(path)]
    assert len(used) > 30
    for slug, path, line in used:
        assert not slug or slug in REASONS, f"{path}:{line} says {slug}"


def test_sentences_end_and_begin_as_sentences_do() -> None:
    for slug, words in REASONS.items():
        text = str(words)
        if not text:
            continue  # a plural: its words depend on a number
        assert text[0].isupper() or text.startswith("%("), slug
        assert text.rstrip().endswith((".", "%(why)s", "%(right)s")), slug
        assert "  " not in text, slug


def test_no_foreign_key_leaves_the_history() -> None:
    for model in (apps.get_model("portal", "Event"), apps.get_model("portal", "EventDetail")):
        assert not [f for f in model._meta.concrete_fields if isinstance(f, ForeignKey)]


def test_evidence_is_protected_from_what_it_hangs_on() -> None:
    """A job, a call or an import cannot go because something else is deleted."""
    for label in (
        "portal.Job",
        "portal.LuccaCall",
        "portal.Attempt",
        "imports.ImportBatch",
        "reports.ExportConfiguration",
        "reports.ExportRun",
        "reports.Export",
        "reports.Plan",
        "reports.PlannedRun",
        "schedules.ArrangementAssignment",
    ):
        for field in apps.get_model(label)._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                on_delete = field.remote_field.on_delete.__name__
                assert on_delete in ("PROTECT", "SET_NULL"), f"{label}.{field.name}"


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_modules_say_what_they_are_for() -> None:
    for path in EVERYTHING:
        if path.read_text(encoding="utf-8").strip():
            assert ast.get_docstring(tree(path)), path


def test_the_client_s_modules_name_the_vendor_s_page() -> None:
    schedules = ("durations", "schedule", "workcycles", "arrangements", "overrides")
    for name in ("__init__", "session", "directory", "office", "timesheet", *schedules):
        assert "https://developers.lucca.fr/" in (
            ast.get_docstring(tree(ROOT / f"portal/lucca/{name}.py")) or ""
        )
