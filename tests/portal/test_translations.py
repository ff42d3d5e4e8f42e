"""French says all that English says: nothing missing, nothing unsure, nothing left unfilled."""

import gettext
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation

from portal.models import Account
from portal.reasons import REASONS
from portal.reasons import sentence as reason_sentence
from portal.sheets import issues
from tests import sentences

ENTRIES = sentences.entries()
TRANSLATED = [entry for key, entry in ENTRIES.items() if key != ("",)]
CALLS = sentences.calls()
NO_BREAK = "\u00a0\u202f"
# One value for each parameter that a sentence may have. A new one needs a line here.
PARAMS: dict[str, str | int] = {
    "verified": 1, "absent": 2, "lines": 20, "accepted": 19, "rest": 1214,
    "answered": 3, "cause": "timed-out", "code": "U+0000", "columns": 100, "count": 2,
    "date": "2027-03-09", "detail": "items", "earlier": 4, "ends_on": "2027-03-01", "expected": 7,
    "export": 1203, "run": 12, "report": "9042", "exports": "1203, 1204",
    "batch": 13, "first": 2000, "format": "XLS", "found": 5, "host": "acme.ilucca.net", "job": 12,
    "kind": "PDF", "last": 2100, "left_on": "2026-01-31", "limit": 32, "line": 18,
    "letter": "C", "login": "tnoll", "megabytes": 200, "minutes": 60,
    "message": "User doesn't exist", "most": 150,
    "name": "login", "nearest": "tnoll", "number": 8, "part": 2, "parts": 3, "place": "Lyon",
    "places": "Home, Lyon / Finance", "refused": 2, "right": "Lucca Office: Import schedule",
    "rows": 300, "sent": "2027-03-09", "starts_on": "2027-04-01", "status": 503, "times": 3,
    "text": "25:00", "what": "first", "length": 201, "different": 1, "applied": 1, "failed": 1,
    "unknown": 1, "not_sent": 2, "withdrawn": 3, "left": 1,
    "until": "14:02:10", "value": "tnol", "variable": "LUCCA_API_KEY_DEMO", "why": "Because.",
}  # fmt: skip
# Why a job gives up: what may stand within another reason.
CAUSES = (
    "unreachable", "no-key", "key-unusable", "key-refused", "right-missing", "not-found",
    "certificate", "redirected", "refused", "too-large", "server-error", "timed-out",
    "connection-lost", "unreadable-answer", "answer-too-large", "crashed", "deadline",
    "places-changed", "file-changed", "analysis-too-old",
)  # fmt: skip


# The catalogue


def test_every_sentence_is_translated() -> None:
    assert [entry.key for entry in TRANSLATED if entry.fuzzy] == []
    assert [entry.key for entry in TRANSLATED if not all(entry.said)] == []
    wrong = [e.key for e in TRANSLATED if len(e.said) != len(e.key)]
    assert wrong == [], "a sentence with a plural has two forms in French"


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with sentences.CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    written: dict[str | tuple[str, int], str] = {}
    for (first, *plural), entry in ENTRIES.items():
        if not first:
            # msgfmt leaves the moment of the last collection out of the header.
            written[first] = "".join(
                line
                for line in entry.said[0].splitlines(keepends=True)
                if not line.startswith("POT-Creation-Date")
            )
        elif plural:
            written |= {(first, number): text for number, text in enumerate(entry.said)}
        else:
            written[first] = entry.said[0]
    assert compiled._catalog == written, "run make messages"  # type: ignore[attr-defined]


def test_the_catalogue_has_the_sentences_of_the_code_and_no_others() -> None:
    wanted = {call.key: call.place for call in CALLS if call.key} | sentences.in_templates()
    missing = {key: place for key, place in wanted.items() if key not in ENTRIES}
    assert missing == {}, "run make messages, then translate"
    assert [entry.key for entry in TRANSLATED if entry.key not in wanted] == []


def test_nothing_is_translated_too_early_or_in_pieces() -> None:
    """At import no reader's language is known; a sentence that is filled first is never found."""
    early = [c.place for c in CALLS if c.at_import and not c.name.endswith(("_lazy", "_noop"))]
    assert early == []
    assert [call.place for call in CALLS if call.composed] == []


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("from django.utils.translation import gettext_lazy as _\nx = _('a' 'b')", [("ab",)]),
        ("from django.utils.translation import ngettext\nngettext('a', 'b', 2)", [("a", "b")]),
        ("from django.utils import translation as t\nt.pgettext('c', 'a')", [("c\x04a",)]),
        ("from django.utils.translation import gettext as _\n_(x)", [None]),
        ("for _ in x: _('a')", []),
    ],
)
def test_the_scan_of_modules(source: str, keys: list[Any]) -> None:
    assert [call.key for call in sentences.in_python(source)] == keys


def test_the_scan_knows_what_happens_at_import() -> None:
    head = "from django.utils.translation import gettext as _\n"
    early = "x = _('a')\nclass C:\n  y = _('b')\n@d(_('c'))\ndef f(z=_('d')): pass\n"
    late = "def g():\n  return _('e')\nh = lambda: _('f')\n"
    found = {call.key: call.at_import for call in sentences.in_python(head + early + late)}
    assert [found[(key,)] for key in "abcdef"] == [True] * 4 + [False] * 2
    assert sentences.in_python(f"{head}_('a %s' % x)")[0].composed
    assert sentences.in_python(f"{head}_(f'a {{x}}')")[0].composed


def test_the_scan_of_templates() -> None:
    source = (
        '{% load i18n %}{% translate "It\'s one" %}{% translate "two" context "c" %}'
        "{% blocktranslate count n=n %}{{ n }} line{% plural %}{{ n }} lines{% endblocktranslate %}"
        '<b>{{ _("three") }}</b>'
    )
    assert set(sentences.in_template(source)) == {
        ("It's one",), ("c\x04two",), ("%(n)s line", "%(n)s lines"), ("three",),
    }  # fmt: skip


# The words


def test_placeholders_and_typography() -> None:
    """All of them in one test: thousands of tests of a line each cost more than what they test."""
    wrong = {entry.key[0]: list(_faults(entry)) for entry in TRANSLATED}
    assert not {key: faults for key, faults in wrong.items() if faults}


def _faults(entry: sentences.Entry) -> Iterator[str]:
    for meant, said in zip(entry.key, entry.said, strict=True):
        if _placeholders(said) != _placeholders(meant):
            yield "other placeholders"
        if said[:1].isspace() != meant[:1].isspace() or said[-1:].isspace() != meant[-1:].isspace():
            yield "other blanks at its ends"
        if re.search(r"\w'\w|[“”]", said):
            yield "apostrophes are ’, quotation marks « »"
        if re.search(r"(?<=\S) (?=[:;?!»](\s|$))", said):
            yield "no-break blank before : ; ? ! »"
        if re.search(rf"\w[?!;](\s|$)|«(?![{NO_BREAK}])|(?<![{NO_BREAK}])»", said):
            yield "no blank before ? ! ; or within « »"


def _placeholders(text: str) -> tuple[set[str], int]:
    """The names, and how many percent signs belong to none."""
    return set(re.findall(r"%\(\w+\)s", text)), len(re.sub(r"%\(\w+\)s", "", text).split("%"))


@pytest.mark.parametrize("cause", issues.causes(), ids=lambda cause: cause.slug)
def test_every_cause_in_both_languages(cause: issues.Cause) -> None:
    said = {}
    for language in ("en", "fr"):
        with translation.override(language):
            title, said[language] = str(cause.title), issues.sentence(cause.slug, PARAMS)
        assert title
        for rest in ("%", "…", "\ufffd"):
            assert rest not in said[language]
    assert said["en"] != said["fr"]


@pytest.mark.parametrize("slug", sorted(REASONS))
def test_every_reason_in_both_languages(slug: str) -> None:
    for refused in (0, 1, 2, 1240):
        said = {}
        for language in ("en", "fr"):
            with translation.override(language):
                said[language] = reason_sentence(slug, PARAMS | {"refused": refused})
            assert said[language] and "%" not in said[language]
        assert said["en"] != said["fr"]
        assert "Lucca Office:" not in said["fr"], "a right of Lucca is translated too"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("outer", ["import-lost-sight", "rest-not-sent"])
@pytest.mark.parametrize("slug", CAUSES)
def test_a_reason_within_another_draws_no_conclusion(slug: str, outer: str, language: str) -> None:
    """After “it may have been imported” nobody may read that nothing was sent, or to try again."""
    with translation.override(language):
        whole = reason_sentence(outer, PARAMS | {"cause": slug, "why": "Because."})
        frame = reason_sentence(outer, PARAMS | {"cause": "timed-out"})
    for word in ("othing", "try again", "ien n’a", "éessayez", "changes anything", "Rien de ce"):
        assert whole.count(word) <= frame.count(word), whole


def test_none_and_one_are_singular_in_french() -> None:
    with translation.override("fr"):
        for count, words in ((0, "0 ligne ;"), (1, "1 ligne ;"), (2, "2 lignes ;")):
            said = reason_sentence("lines-refused", {"refused": count})
            assert said.startswith(f"Lucca a refusé {words.replace(' ;', NO_BREAK[0] + ';')}")


# What a person meets


@pytest.fixture
def french(settings: Any) -> None:
    settings.LANGUAGE_CODE = "fr"


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        call_command(*words)
    return capsys.readouterr().out.replace(NO_BREAK[0], " ")


@pytest.mark.django_db
def test_a_file_with_mistakes_is_told_in_french(
    account: Account,
    french: None,
    capsys: pytest.CaptureFixture[str],
    write: Callable[..., Path],
) -> None:
    path = write("tnol;Home;;2027-03-09;FullDay;;", "imarchal;Home;;09/03/2027;matin;;")
    said = _run(capsys, "import_user_locations", str(path), "--account", "demo")
    assert re.match(r"Import \d+ : à corriger\n", said)
    assert "Lu comme : CSV, UTF-8 avec BOM, colonnes séparées par des points-virgules" in said
    assert "2 lignes : 2 à corriger" in said
    assert "Vouliez-vous dire « tnoll » ?" in said
    assert "Erreur, 1 ligne : Le moment de la journée est inconnu" in said
    assert "ligne 3 : La date « 09/03/2027 » est envoyée sous la forme 2027-03-09." in said
    assert "\ufffd" not in said


@pytest.mark.django_db
def test_json_stays_as_it_is_in_french(
    account: Account,
    french: None,
    capsys: pytest.CaptureFixture[str],
    write: Callable[..., Path],
) -> None:
    path = write("tnol;Home;;2027-03-09;FullDay;;")
    document = json.loads(
        _run(capsys, "import_user_locations", str(path), "--account=demo", "--json")
    )
    assert (document["stage"], document["issues"][0]["cause"]) == ("to_correct", "unknown-login")
    assert document["next"] == "Corrigez le fichier et envoyez-le de nouveau."


@pytest.mark.django_db
def test_a_wrong_key_is_told_in_french(
    account: Account,
    french: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUCCA_API_KEY_DEMO", "wrong")
    said = _run(capsys, "check_account", "demo")
    assert "✗ Collaborateurs : Lucca a refusé la clé d’API (401)." in said
    assert "À demander à l’administrateur du portail" in said
