"""Every sentence with which the code refuses, found in its text: what the files of other languages have to know.

`python -m tests.contracts.sentences` shows what they lack, ready to be filled in.
"""

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from books_service.domain.stock.copy_refusals import CopyNotLendable
from books_service.domain.stock.copy_status import CopyStatus
from loans_service.domain.rules.charge_kinds import kind_problems
from loans_service.domain.rules.recall import RecallTerms
from members_service.domain.membership.standing import Action, ActionBlock, Membership, Refusal, Suspension
from shared.kernel.errors import LibraryError
from shared.sentences import FIGURE, LANGUAGES, Translation, catalog_of
from shared.validator_words import PLAINLY
from shared.web.problems import DETAILS

ROOT = Path(__file__).parents[2]
PACKAGES = ("shared", "books_service", "members_service", "loans_service")

_ELSEWHERE = re.compile(r"/(migrations|sip2|operating|oauth)/|/(__main__|\w*_commands?|settings|deadlines)\.py$")
"""Where nobody is answered over HTTP in a form of ours: commands, SIP2, and OAuth, whose words are ASCII by its law."""

DETAILS_IN_USE = ((404, "not-found"), (405, "method-not-allowed"), (500, "internal-error"))

_OF_PROTOCOLS = re.compile(r"/(harvest|harvest_arguments|retrieval)\.py$")
_SENTENCE_AT = {
    "Problem": (1, 2),
    "RequestShed": (1, 2),
    "document": (1, 2),
    "_doubtful": (0, 1),
    "PydanticCustomError": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a refusal, with its figures in braces."""

    package: str
    code: str
    text: str


PUT_TOGETHER = frozenset(
    Sentence(package, code, sentence)
    for package, code, sentence in (
        ("shared", "extra-forbidden", "There is no such field."),
        ("shared", "extra-forbidden", "There is no such field. Did you mean {name}?"),
        ("shared", "extra-forbidden", "This takes no fields."),
        ("shared", "unknown-parameter", "There is no such parameter. Did you mean {name}?"),
        (
            "shared",
            "neighbour-unavailable",
            "The {neighbour} service is asked too often. Nothing was changed; repeat the request in a moment.",
        ),
        ("shared", "string-too-long", "String should have at most {most} characters."),
        ("shared", "string-too-long", "String should have at most {most} character."),
        ("shared", "string-too-short", "String should have at least {least} characters."),
        ("shared", "string-too-short", "String should have at least {least} character."),
        ("shared", "string-pattern-mismatch", "String should match pattern '{pattern}'."),
        ("shared", "string-type", "Input should be a valid string."),
        ("shared", "greater-than-equal", "Input should be greater than or equal to {least}."),
        ("shared", "less-than-equal", "Input should be less than or equal to {most}."),
        ("shared", "greater-than", "Input should be greater than {bound}."),
        ("shared", "less-than", "Input should be less than {bound}."),
        ("shared", "literal-error", "Input should be {values}."),
        ("shared", "too-short", "List should have at least {least} items after validation, not {count}."),
        ("shared", "too-short", "List should have at least {least} item after validation, not {count}."),
        ("shared", "too-long", "List should have at most {most} items after validation, not {count}."),
        ("shared", "list-type", "Input should be a valid list."),
        (
            "shared",
            "too-many-at-once",
            (
                "{held} requests of your account or client are at work, and that is as many as there may be at once; "
                "nothing was changed. Wait for their answers, then repeat the request."
            ),
        ),
        (
            "shared",
            "too-many-at-once",
            (
                "{held} requests without a valid token from your address are at work, and that is as many as there "
                "may be at once; nothing was changed. Wait for their answers, then repeat the request. "
                "Who signs in has a share of their own."
            ),
        ),
        (
            "shared",
            "pin-not-enough",
            "A PIN is not enough for this. Sign in with e-mail address and password, or ask the staff.",
        ),
        (
            "shared",
            "pin-not-enough",
            (
                "A PIN alone shows what {words} asks for. "
                "For the rest: sign in with e-mail address and password, or ask the staff."
            ),
        ),
        ("books_service", "record-unreadable", "This record is no XML."),
        ("books_service", "record-unreadable", "This record is no YAML."),
        ("loans_service", "invalid-calendar", "A closure ends on its first day or later."),
        ("loans_service", "invalid-calendar", "An opening ends on its first day or later."),
        ("loans_service", "invalid-calendar", "A time of other hours ends on its first day or later."),
        ("loans_service", "member-not-in-good-standing", "This member may not borrow at present."),
        ("loans_service", "member-not-in-good-standing", "This member may not renew at present."),
        ("loans_service", "member-not-in-good-standing", "This member may not hold at present."),
        (
            "loans_service",
            "neighbour-unavailable",
            "The {neighbour} service answered something unreadable; nothing was changed.",
        ),
        (
            "members_service",
            "invalid-attributes",
            "The library wants other attributes: {where}: it has decided on none.",
        ),
        (
            "members_service",
            "invalid-attributes",
            "The library wants other attributes: {where}: they may have {most} bytes at most.",
        ),
    )
)
"""What is put together of parts, or is the validator's own."""


@cache
def kinds() -> tuple[type[LibraryError], ...]:
    """Return the refusals of all packages."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if "__main__" not in found.name and ".migrations" not in found.name:
                importlib.import_module(found.name)
    return tuple(kind for kind in _below(LibraryError) if kind.__module__.startswith(PACKAGES))


def _below(kind: type[LibraryError]) -> Iterator[type[LibraryError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


@cache
def every_sentence() -> frozenset[Sentence]:
    """Return all that the code says, once for each package."""
    found = {*_of_classes(), *_of_validators(), *_of_tables(), *PUT_TOGETHER}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            shown = f"/{path.relative_to(ROOT)}"
            if not _ELSEWHERE.search(shown) and not _OF_PROTOCOLS.search(shown):
                found |= set(_Reader(package, path).sentences())
    return frozenset(each for each in found if is_ours(each.code))


def is_ours(code: str) -> bool:
    """Tell whether a code is told in our form; those of OAuth are told in its own."""
    return "_" not in code


def _of_classes() -> Iterator[Sentence]:
    for kind in kinds():
        sentence = vars(kind).get("detail")
        if isinstance(sentence, str) and is_told_over_http(kind):
            yield Sentence(kind.__module__.partition(".")[0], kind.code, sentence)


def is_told_over_http(kind: type[LibraryError]) -> bool:
    """Tell whether a refusal is one of those that are told in our form."""
    return not _ELSEWHERE.search(f"/{kind.__module__.replace('.', '/')}.py")


def _of_validators() -> Iterator[Sentence]:
    for kind, words in PLAINLY.items():
        yield Sentence("shared", kind.replace("_", "-"), f"{words}.")


def _of_tables() -> Iterator[Sentence]:
    """Yield what the code does not write where it refuses. Lending hands on what its neighbours say."""
    for number, code in DETAILS_IN_USE:
        yield Sentence("shared", code, DETAILS[number])
    for status in CopyStatus:
        for package in ("books_service", "loans_service"):
            yield Sentence(package, CopyNotLendable.code, status.sentence)
    for refusal in _every_standing():
        for package in ("members_service", "loans_service"):
            yield Sentence(package, refusal.code, refusal.detail)
    for _, sentence in (*RecallTerms(-1, 0).problems(), *kind_problems(("lost", "lost"))):
        yield Sentence("loans_service", "invalid-policy", sentence)


def _every_standing() -> Iterator[Refusal]:
    today = date(2026, 3, 1)
    for until in (None, date(2026, 4, 1)):
        blocks = tuple(ActionBlock(action, until, branch) for action in Action for branch in (None, "MAIN"))
        member = Membership(UUID(int=1), "adult", date(2026, 1, 1), Suspension("x", until), blocks, leaving=True)
        yield from member.refusals(today)


class _Reader:
    """Reads one file of the code."""

    def __init__(self, package: str, path: Path) -> None:
        self._package = package
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        own = [kind for kind in kinds() if kind.__module__.partition(".")[0] in (package, "shared")]
        self._codes = {kind.__name__: kind.code for kind in own}
        self._constants = dict(_assigned(self._tree.body))

    def sentences(self) -> Iterator[Sentence]:
        for scope, node in _calls(self._tree):
            for code, told in self._told(scope, node):
                for text in filter(_is_sentence, self._texts(told, scope)):
                    if _is_validators(node):
                        yield Sentence(self._package, code.replace("_", "-"), f"{text.removesuffix('.')}.")
                    else:
                        yield Sentence(self._package, code, text)

    def _told(self, scope: "_Scope", node: ast.Call | ast.Dict) -> Iterator[tuple[str, ast.expr]]:
        if isinstance(node, ast.Dict):
            parts = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            for code_key, told_key in (("code", "detail"), ("type", "msg")):
                code = parts.get(code_key)
                if isinstance(code, ast.Constant) and told_key in parts:
                    yield str(code.value), parts[told_key]
            return
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name == "unauthorized" and node.args:
            error = next((each.value for each in node.keywords if each.arg == "error"), None)
            word = error.value if isinstance(error, ast.Constant) else "not-authenticated"
            yield str(word).replace("_", "-"), node.args[0]
        elif name in _SENTENCE_AT and len(node.args) > _SENTENCE_AT[name][1]:
            code, told = (node.args[at] for at in _SENTENCE_AT[name])
            for each in self._texts(code, scope):
                yield each, told
        elif name == "__init__" and scope.kind in self._codes:
            yield from ((self._codes[scope.kind], told) for told in node.args)
        elif name in self._codes:
            yield from ((self._codes[name], told) for told in node.args)

    def _texts(self, node: ast.expr, scope: "_Scope") -> list[str]:
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.IfExp):
            return self._texts(node.body, scope) + self._texts(node.orelse, scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [a + b for a in self._texts(node.left, scope) for b in self._texts(node.right, scope)]
        if isinstance(node, ast.JoinedStr):
            return self._joined(node, scope)
        if isinstance(node, ast.Name):
            return [
                text
                for told in scope.told.get(node.id, self._constants.get(node.id, []))
                for text in self._texts(told, scope)
            ]
        return []

    def _joined(self, node: ast.JoinedStr, scope: "_Scope") -> list[str]:
        whole = [""]
        for part in node.values:
            if isinstance(part, ast.Constant):
                ends = [str(part.value)]
            else:
                ends = self._alternatives(part.value if isinstance(part, ast.FormattedValue) else part, scope)
            whole = [begun + end for begun in whole for end in ends]
        return [_apart(each) for each in whole]

    def _alternatives(self, node: ast.expr, scope: "_Scope") -> list[str]:
        """Return what may stand in a sentence at one place: texts, or a figure."""
        if isinstance(node, ast.BoolOp):
            return [text for value in node.values for text in self._alternatives(value, scope)]
        return self._texts(node, scope) or [f"{{{_name_of(node)}}}"]


def _is_sentence(text: str) -> bool:
    """Tell a sentence from the name of a field, or a part of one, which some refusals are given beside it."""
    return " " in text.strip() and (text[0].isupper() or text[0] == "{")


def _is_validators(node: ast.AST) -> bool:
    """Tell whether a sentence is the validator's, whose codes are written with underscores."""
    return isinstance(node, ast.Dict) or getattr(getattr(node, "func", None), "id", "") == "PydanticCustomError"


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name_of(node.args[0]) if node.args else _name_of(node.func)
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    name = getattr(node, "id", getattr(node, "attr", "value"))
    return re.sub(r"[^a-z]+", "_", name.lower()).strip("_") or "value"


def _apart(sentence: str) -> str:
    """Return a sentence whose figures have names of their own."""
    seen: dict[str, int] = {}

    def named(figure: re.Match[str]) -> str:
        seen[figure[1]] = seen.get(figure[1], 0) + 1
        return f"{{{figure[1]}{'_again' * (seen[figure[1]] - 1)}}}"

    return FIGURE.sub(named, sentence)


@dataclass(slots=True)
class _Scope:
    """Where a call stands: in which class, and what is assigned in its function."""

    kind: str
    told: Mapping[str, list[ast.expr]]


def _calls(tree: ast.Module) -> Iterator[tuple[_Scope, ast.Call | ast.Dict]]:
    yield from _within(tree.body, _Scope("", {}))


def _within(nodes: Iterable[ast.AST], scope: _Scope) -> Iterator[tuple[_Scope, ast.Call | ast.Dict]]:
    for node in nodes:
        inner = scope
        if isinstance(node, ast.ClassDef):
            inner = _Scope(node.name, {})
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = _Scope(scope.kind, dict(_assigned(ast.walk(node))))
        elif isinstance(node, (ast.Call, ast.Dict)):
            yield scope, node
        yield from _within(ast.iter_child_nodes(node), inner)


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, list[ast.expr]]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign):
                found.setdefault(target.id, []).append(node.value)
    yield from found.items()


def filled(sentence: str) -> str:
    """Return a sentence with something for each of its figures."""
    return FIGURE.sub("7", sentence)


@cache
def known_of(package: str, language: str) -> Translation:
    """Return what a package says in a language, with what all of them say."""
    return Translation(language, [catalog_of("shared", language), catalog_of(package, language)])


def lacking(language: str) -> dict[str, dict[str, dict[str, str]]]:
    """Return by package and code the sentences that the files of a language do not have."""
    lacked: dict[str, dict[str, dict[str, str]]] = {}
    for found in sorted(every_sentence(), key=lambda each: (each.package, each.code, each.text)):
        if known_of(found.package, language).sentence(found.code, filled(found.text)) is None:
            lacked.setdefault(found.package, {}).setdefault(found.code, {})[found.text] = ""
    return lacked


if __name__ == "__main__":
    for language in LANGUAGES:
        print(language, json.dumps(lacking(language), indent=2, ensure_ascii=False))
