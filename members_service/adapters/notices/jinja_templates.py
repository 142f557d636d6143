"""Templates in Jinja, from people who are not trusted with more than words.

Three walls: the syntax tree may hold only what this module names, so that nothing can be called, multiplied, included
or nested; names are checked against the variables; and what runs is counted in time and letters.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from members_service.adapters.notices.local_forms import FILTERS
from members_service.application.notices.rendering.context import Variable, variables
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import FRAME, LONGEST, InvalidTemplate, Template, TemplateKey, UnknownName

TIME_LIMIT = 0.2
"""Seconds of work on one part of a template."""
MOST_LETTERS = 100_000
"""Letters that one part may come to."""
LANGUAGE = "_language"
_DEEPEST = 25
_LONGEST_SUBJECT = 300
_DISCREET = {"title", "author", "shelf_mark", "volume"}
_SECRET = frozenset({"code"})
"""What whoever sees a message pass by must not read."""
_TESTS = {"none", "defined", "odd", "even"}
_OF_LOOPS = ("index", "first", "last", "length")
_OF_FRAMES = {
    "content": Variable("The notices.", (str,), {}),
    "heading": Variable("The subject of the message.", (str,), {}),
}
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Const, nodes.Compare, nodes.Operand, nodes.And,
    nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Add, nodes.Sub, nodes.List, nodes.Tuple,
)  # fmt: skip


class JinjaTemplates:
    """The engine."""

    def check(self, template: Template, key: TemplateKey, *, discreet: bool = True) -> None:
        """Raise InvalidTemplate unless each part can be read and names only what there is."""
        template.check_parts(key)
        names = {**variables(), **(_OF_FRAMES if key.kind == FRAME else {})}
        for part, source in (("subject", template.subject), ("text", template.text), ("html", template.html)):
            if source is not None:
                try:
                    open_to_others = key.way is Way.PUSH or part == "subject"
                    is_discreet = key.way is Way.PUSH or (discreet and part == "subject")
                    hidden = _SECRET if open_to_others else frozenset[str]()
                    _check_part(part, source, _Check(names, discreet=is_discreet, hidden=hidden))
                except InvalidTemplate as error:
                    error.field = part
                    raise

    def fill_in(self, source: str, values: Mapping[str, Any], *, language: str, html: bool = False) -> str:
        """Return the words; those in HTML come with the content as it is. Raises InvalidTemplate."""
        ends = time.thread_time() + TIME_LIMIT
        safe = {name: _watched(value, ends) for name, value in values.items()}
        if html and "content" in safe:
            safe["content"] = Markup(safe["content"])  # noqa: S704 - what a template in HTML has made, escaped
        compiled = _compiled(source, html=html)
        try:
            return _tidy(_written(compiled, safe | {LANGUAGE: language}, ends))
        except InvalidTemplate:
            raise
        except Exception as error:
            why = _plain(error)
            raise InvalidTemplate(f"This template cannot be filled in: {why}.", line=_line_of(error)) from error


def _check_part(part: str, source: str, check: "_Check") -> None:
    if len(source) > (_LONGEST_SUBJECT if part == "subject" else LONGEST):
        raise InvalidTemplate("This is too long for a template. Shorten it.")
    check.read(source)
    if part == "html":
        _expect_no_secret_in_tags(_ENVIRONMENTS[True].parse(source).body, frozenset({""}))
    _compiled(source, html=part == "html")


_MARKS = re.compile(r"</?(?:style|script|title|textarea)\b|[<>\"']", re.IGNORECASE)
_IN_TAGS = frozenset({"code", "content"})


def _expect_no_secret_in_tags(body: Sequence[nodes.Node], states: frozenset[str]) -> frozenset[str]:
    """Raise InvalidTemplate if a code may stand in a tag, from where a mail program might send it to somebody.

    The states are where one may be after what was written: in text (""), in a tag, in its quotes, or in a style.
    """
    for node in body:
        match node:
            case nodes.TemplateData():
                for mark in _MARKS.findall(node.data):
                    states = frozenset(_after(mark.lower(), one) for one in states)
            case nodes.Output():
                for part in node.nodes:
                    states = _expect_no_secret_in_tags([part], states)
            case nodes.If():
                branches = (node.body, *(one.body for one in node.elif_), node.else_)
                states = frozenset().union(*(_expect_no_secret_in_tags(one, states) for one in branches))
            case nodes.For():
                for _ in range(5):  # as many as there are states
                    states |= _expect_no_secret_in_tags(node.body, states)
                states |= _expect_no_secret_in_tags(node.else_, states)
            case _ if states != {""} and _IN_TAGS.intersection(_names_in(node)):
                raise InvalidTemplate("A code stands in the text, not in a tag or a style.", line=node.lineno)
    return states


def _names_in(node: nodes.Node) -> set[str]:
    found = {one.name for one in node.find_all(nodes.Name)}
    return found | {node.name} if isinstance(node, nodes.Name) else found


def _after(mark: str, state: str) -> str:
    """Return where one is after a mark of HTML."""
    if state in ('"', "'"):
        return "<" if mark == state else state
    if state.isalpha():
        return "<" if mark == f"</{state}" else state
    if state == "<":
        return "" if mark == ">" else mark if mark in ('"', "'") else "<"
    return mark[1:] if mark[0] == "<" and mark[1:].isalpha() else "<" if mark[0] == "<" else ""


def _written(compiled: Compiled, values: Mapping[str, Any], ends: float) -> str:
    written, letters = [], 0
    for piece in compiled.generate(values):
        written.append(piece)
        letters += len(piece)
        _expect_time(ends)
        if letters > MOST_LETTERS:
            raise InvalidTemplate("This template writes too much. Shorten it.")
    return "".join(written)


class _Environment(ImmutableSandboxedEnvironment):
    def __init__(self, *, html: bool) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=html,
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_empty_for_none,
        )
        self.globals = {}
        self.filters = dict(FILTERS)
        self.tests = {name: self.tests[name] for name in _TESTS}


def _empty_for_none(value: Any) -> Any:
    return "" if value is None else value


_ENVIRONMENTS = {html: _Environment(html=html) for html in (False, True)}


@lru_cache(maxsize=512)
def _compiled(source: str, *, html: bool) -> Compiled:
    try:
        return _ENVIRONMENTS[html].from_string(source)
    except TemplateSyntaxError as error:
        raise _unreadable(error) from error
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise InvalidTemplate(_TOO_NESTED) from error


_TOO_NESTED = "This template is nested too deeply. Write it more simply."


class _Check:
    """Walks through the syntax tree of one part. Raises InvalidTemplate."""

    def __init__(self, names: Mapping[str, Variable], *, discreet: bool, hidden: frozenset[str]) -> None:
        self._names = names
        self._hidden = hidden
        self._discreet = discreet

    def read(self, source: str) -> None:
        try:
            tree = _ENVIRONMENTS[False].parse(source)
        except TemplateSyntaxError as error:
            tag = re.search(r"unknown tag '(\w+)'", error.message or "")
            if tag:
                raise UnknownName(
                    tag[1], ("if", "for", "else", "elif", "endif", "endfor"), line=error.lineno
                ) from error
            raise _unreadable(error) from error
        except (RecursionError, MemoryError, ValueError) as error:
            raise InvalidTemplate(_TOO_NESTED) from error
        self._walk(tree, dict(self._names), depth=0)

    def _walk(self, node: nodes.Node, scope: dict[str, Variable], *, depth: int, in_loop: bool = False) -> None:
        if depth > _DEEPEST:
            raise InvalidTemplate(_TOO_NESTED, line=node.lineno)
        match node:
            case nodes.For():
                self._walk_loop(node, scope, depth=depth, in_loop=in_loop)
                return
            case nodes.Name() | nodes.Getattr():
                self._variable(node, scope)
                return
            case nodes.Filter(name=name) if name not in FILTERS:
                raise UnknownName(name, FILTERS, line=node.lineno, prefix="|")
            case nodes.Test(name=name) if name not in _TESTS:
                raise UnknownName(name, _TESTS, line=node.lineno)
            case nodes.Filter() | nodes.Test() | nodes.Keyword():
                pass
            case _ if not isinstance(node, _PLAIN):
                raise InvalidTemplate(
                    f"A template cannot do this here: {type(node).__name__}. It can name variables, use filters, "
                    "and ask with if, or go through a list with for.",
                    line=node.lineno,
                )
        if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
            raise InvalidTemplate("A filter takes no arguments with stars here.", line=node.lineno)
        for child in node.iter_child_nodes():
            self._walk(child, scope, depth=depth + 1, in_loop=in_loop)

    def _walk_loop(self, loop: nodes.For, scope: dict[str, Variable], *, depth: int, in_loop: bool) -> None:
        through = loop.iter
        if in_loop or loop.recursive:
            raise InvalidTemplate("A loop cannot stand in another one.", line=loop.lineno)
        of = self._variable(through, scope) if isinstance(through, nodes.Name | nodes.Getattr) else None
        if of is None or not of.is_list or not isinstance(loop.target, nodes.Name):
            raise InvalidTemplate("A loop goes through a list, such as: for item in items.", line=loop.lineno)
        one = Variable(of.described, of.types, of.parts)
        number = Variable("About the loop.", (int,), {})
        counted = Variable("The loop.", (), dict.fromkeys(_OF_LOOPS, number))
        inside = scope | {loop.target.name: one, "loop": counted}
        for part in (*loop.body, *([loop.test] if loop.test else [])):
            self._walk(part, inside, depth=depth + 1, in_loop=True)
        for part in loop.else_:
            self._walk(part, scope, depth=depth + 1, in_loop=True)

    def _variable(self, node: nodes.Node, scope: dict[str, Variable]) -> Variable:
        chain, at = [], node
        while isinstance(at, nodes.Getattr):
            chain.append(at.attr)
            at = at.node
        if not isinstance(at, nodes.Name) or len(chain) > _DEEPEST:
            raise InvalidTemplate(
                "A part is named with a point behind a variable: reader.given_name.", line=node.lineno
            )
        path, found = at.name, scope.get(at.name)
        if path in self._hidden:
            raise InvalidTemplate(
                f"{path} cannot stand here: subjects and push messages are read by others. Write it into the text.",
                line=node.lineno,
            )
        if found is None:
            raise UnknownName(at.name, scope, line=node.lineno)
        for name in reversed(chain):
            if found.is_list:
                raise InvalidTemplate(f"{path} is a list. Go through it: for item in {path}.", line=node.lineno)
            if name not in found.parts:
                raise UnknownName(name, found.parts, line=node.lineno, prefix=f"{path}.")
            found, path = found.parts[name], f"{path}.{name}"
            if self._discreet and name in _DISCREET:
                raise InvalidTemplate(
                    f"Subjects and push messages are read by others, so that {path} cannot stand there. "
                    "Write it into the text.",
                    line=node.lineno,
                )
        return found


class _WatchedList(list[Any]):
    """A list that looks at the clock with each step."""

    ends: float

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            _expect_time(self.ends)
            yield one


def _watched(value: Any, ends: float) -> Any:
    if not isinstance(value, list):
        return value
    watched = _WatchedList(value)
    watched.ends = ends
    return watched


def _expect_time(ends: float) -> None:
    if time.thread_time() > ends:
        raise InvalidTemplate("This template takes too long. Write it more simply.")


def _unreadable(error: TemplateSyntaxError) -> InvalidTemplate:
    why = _plain(error)
    return InvalidTemplate(f"This template cannot be read: {why}.", line=error.lineno)


def _plain(error: Exception) -> str:
    message = " ".join(str(getattr(error, "message", None) or error).split())
    return re.sub(r"<[^>]*>", "…", message).rstrip(".")[:200] or type(error).__name__


def _line_of(error: BaseException) -> int:
    line, at = 1, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == "<template>":
            line = at.tb_lineno
        at = at.tb_next
    return line


def _tidy(text: str) -> str:
    """Return the text without blanks at the ends of lines, and one empty line in a row at most; tabs part cells."""
    lines = "\n".join(line.rstrip(" ") for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip(" \n")
