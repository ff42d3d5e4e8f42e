"""The sentences in the code and in the catalogue, found without the tools of gettext."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
# As `make messages` leaves them out.
_ELSEWHERE = {"tests", "bench", "var"}
# How many of the leading arguments are: context, sentences.
_CALLS = {
    name + lazy: shape
    for name, shape in {
        "gettext": (0, 1),
        "ngettext": (0, 2),
        "pgettext": (1, 1),
        "npgettext": (1, 2),
    }.items()
    for lazy in ("", "_lazy")
} | {"gettext_noop": (0, 1)}
_QUOTED = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_IN_TEMPLATE = re.compile(rf"\b(_|n?p?gettext)\(\s*({_QUOTED}(?:\s*,\s*{_QUOTED})*)", re.DOTALL)

Key = tuple[str, ...]
"""A sentence and, where it has one, its plural. A context stands before, as in a catalogue."""


@dataclass(frozen=True)
class Call:
    """A call of gettext: what it would look up (None when that is no literal), and where."""

    name: str
    key: Key | None
    place: str
    at_import: bool
    composed: bool


class _Visitor(ast.NodeVisitor):
    def __init__(self, file: str) -> None:
        self.calls: list[Call] = []
        self._file = file
        self._names: dict[str, str] = {}
        self._depth = 0

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "django.utils.translation":
            for each in node.names:
                self._names[each.asname or each.name] = each.name

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        # Decorators and defaults are worked out when the module is imported.
        for outer in (*node.decorator_list, node.args):
            self.visit(outer)
        self._depth += 1
        for inner in node.body:
            self.visit(inner)
        self._depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  (ast's own name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    def visit_Call(self, node: ast.Call) -> None:
        name = ""
        if isinstance(node.func, ast.Name):
            name = self._names.get(node.func.id, "")
        elif isinstance(node.func, ast.Attribute):
            name = node.func.attr
        if name in _CALLS:
            self._found(name, node)
        self.generic_visit(node)

    def _found(self, name: str, node: ast.Call) -> None:
        context, sentences = _CALLS[name]
        args = node.args[: context + sentences]
        literals = [arg.value for arg in args if isinstance(arg, ast.Constant)]
        complete = len(literals) == context + sentences
        self.calls.append(
            Call(
                name,
                _key(literals, context) if complete else None,
                f"{self._file}:{node.lineno}",
                at_import=not self._depth,
                composed=any(isinstance(a, ast.JoinedStr | ast.BinOp | ast.Call) for a in args),
            )
        )


def _key(literals: list[str], context: int) -> Key:
    sentences = literals[context:]
    if context:
        sentences[0] = f"{literals[0]}\x04{sentences[0]}"
    return tuple(sentences)


def in_python(source: str, file: str = "") -> list[Call]:
    visitor = _Visitor(file)
    visitor.visit(ast.parse(source))
    return visitor.calls


def in_template(source: str) -> Iterator[Key]:
    """Django turns a template into something that looks like Python for xgettext."""
    for name, quoted in _IN_TEMPLATE.findall(templatize(source)):
        literals = [ast.literal_eval(one) for one in re.findall(_QUOTED, quoted, re.DOTALL)]
        context, sentences = _CALLS.get(name, (0, 1))
        yield _key(literals[: context + sentences], context)


def calls() -> list[Call]:
    """Each call of gettext in our own modules."""
    return [
        call
        for file in _files("py")
        for call in in_python(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT)))
    ]


def in_templates() -> dict[Key, str]:
    return {
        key: str(file.relative_to(ROOT))
        for kind in ("html", "txt")
        for file in _files(kind)
        if "templates" in file.parts
        for key in in_template(file.read_text(encoding="utf-8"))
    }


def _files(kind: str) -> Iterator[Path]:
    for folder in ROOT.iterdir():
        if folder.is_dir() and folder.name not in _ELSEWHERE and not folder.name.startswith("."):
            yield from folder.rglob(f"*.{kind}")


@dataclass(frozen=True)
class Entry:
    key: Key
    said: tuple[str, ...]
    fuzzy: bool


_TEXT = r'((?:\s*"(?:[^"\\]|\\.)*")+)'


def entries() -> dict[Key, Entry]:
    """The catalogue, by what is looked up; its header under the empty sentence."""
    found: dict[Key, Entry] = {}
    for block in CATALOGUE.read_text(encoding="utf-8").strip().split("\n\n"):
        flags = " ".join(line for line in block.splitlines() if line.startswith("#,"))
        body = "\n".join(line for line in block.splitlines() if not line.startswith("#"))
        if not body:
            continue
        texts = [(word, _unquoted(text)) for word, text in re.findall(rf"(msg\S+){_TEXT}", body)]
        words = dict(texts)
        first = words["msgid"]
        if "msgctxt" in words:
            first = f"{words['msgctxt']}\x04{first}"
        key = (first, words["msgid_plural"]) if "msgid_plural" in words else (first,)
        said = tuple(text for word, text in texts if word.startswith("msgstr"))
        assert key not in found, f"twice in the catalogue: {key}"
        found[key] = Entry(key, said, "fuzzy" in flags)
    return found


def _unquoted(text: str) -> str:
    return "".join(ast.literal_eval(line) for line in text.strip().splitlines())
