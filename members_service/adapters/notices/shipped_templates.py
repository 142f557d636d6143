"""The templates that come with the service, put together of what each language says (`shipped/*.toml`).

The frame has the greeting, the heading and the small print; a kind says what is new, shows a table of the items, and
leads to pages. So each sentence is written once in a language, and mail, letters and HTML say the same.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from members_service.domain.notices.kinds import NoticeKind as Kind
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import FRAME, KINDS, Template, TemplateKey

_COLUMNS: Mapping[str, Sequence[str]] = {
    Kind.DUE_SOON: ("title", "due", "renewable"),
    Kind.DUE_TODAY: ("title", "due", "renewable"),
    Kind.RENEWED: ("title", "due"),
    Kind.NOT_RENEWED: ("title", "due", "why_not"),
    Kind.HOLD_PLACED: ("title", "waiting"),
    Kind.RECEIPT: ("title", "due_or_returned"),
    Kind.OVERDUE: ("title", "due", "days_late", "fine"),
    Kind.HOLD_READY: ("title", "fetch_until"),
    Kind.HOLD_READY_REMINDER: ("title", "fetch_until"),
    Kind.HOLD_ENDED: ("title", "why_not"),
    Kind.RECALLED: ("title", "due"),
    Kind.DUE_DATE_CHANGED: ("title", "due"),
    Kind.LOST: ("title", "barcode", "fine"),
    Kind.CHARGED: ("title", "fine"),
}
_LINKS: Mapping[str, Sequence[str]] = {
    Kind.DUE_SOON: ("renew", "account", "calendar"),
    Kind.DUE_TODAY: ("renew", "account"),
    Kind.RENEWED: ("account", "calendar"),
    Kind.NOT_RENEWED: ("account",),
    Kind.HOLD_PLACED: ("account",),
    Kind.RECEIPT: ("account",),
    Kind.OVERDUE: ("renew", "account"),
    Kind.HOLD_READY: ("account",),
    Kind.HOLD_READY_REMINDER: ("account",),
    Kind.HOLD_ENDED: ("account",),
    Kind.RECALLED: ("account",),
    Kind.DUE_DATE_CHANGED: ("account",),
    Kind.LOST: ("account",),
    Kind.CHARGED: ("account",),
    Kind.REFUNDED: ("account",),
    Kind.BLOCKED: ("account",),
    Kind.ACTIVATION: ("code",),
    Kind.RECOVERY: ("code",),
}
_WITH_CODE = frozenset({Kind.ACTIVATION, Kind.RECOVERY})
_CELLS: Mapping[str, str] = {
    "title": "{{ item.title ~ (', ' ~ item.author if item.author else '')"
    " ~ (' (' ~ item.volume ~ ')' if item.volume else '') }}",
    "due": "{{ item.due|when }}",
    "due_or_returned": "{{ item.due|when if item.due else '@returned@' }}",
    "days_late": "{{ item.days_late }}",
    "renewable": "{{ '' if item.renewable is none else ('@yes@' if item.renewable else '@no@') }}",
    "why_not": "{{ item.why_not }}",
    "waiting": "{{ item.waiting }}",
    "fetch_until": "{{ item.fetch_until|date }}",
    "barcode": "{{ item.barcode }}",
    "fine": "{{ item.fine|money }}",
}
_DETAILS = (("phone", "phone"), ("mail", "mail"), ("hours", "hours_today"))
_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:40em;margin:1em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid;padding:.4em;text-align:start;font-weight:normal}"
    "thead th{font-weight:bold}"
)


class ShippedInToml:
    """All shipped templates."""

    languages: tuple[str, ...] = ("en", "de", "fr", "es", "ar")

    def get(self, key: TemplateKey) -> Template | None:
        """Return the template of a kind, way and language; None where none is shipped."""
        if key.language not in self.languages or key.branch is not None or key.kind not in KINDS:
            return None
        return _template(key.kind, key.way, key.language)

    def reason(self, code: str, languages: Sequence[str]) -> str:
        """Return why something was not done, in the first of these languages that is shipped."""
        shipped = next((one for one in languages if one in self.languages), self.languages[0])
        reasons: Mapping[str, str] = _words(shipped)["reasons"]
        return reasons.get(code, reasons["other"])


@lru_cache(maxsize=256)
def _template(kind: str, way: Way, language: str) -> Template | None:
    words = _words(language)
    if kind == FRAME:
        return None if way is Way.PUSH else _frame(words, way, language)
    own = words["kinds"][kind]
    if way is Way.PUSH:
        return Template(own["push"])
    words_of_kind = {part: _with_ordinals(own.get(part, "").strip(), words["ordinals"]) for part in ("text", "after")}
    if way is Way.LETTER:
        return Template(_letter_of(kind, words, words_of_kind), own["subject"])
    return Template(_text_of(kind, words, words_of_kind), own["subject"], _html_of(kind, words, words_of_kind))


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, Any]:
    shipped = files("members_service.adapters.notices") / "shipped" / f"{language}.toml"
    return tomllib.loads(shipped.read_text(encoding="utf-8"))


def _with_ordinals(text: str, ordinals: Sequence[str]) -> str:
    """Put the number of the stage in words where the text has a place for it; a number where there are too many."""
    chosen = "stage ~ '.'"
    for number, word in reversed(list(enumerate(ordinals, 1))):
        chosen = f"'{word}' if stage == {number} else ({chosen})"
    return text.replace("@ordinal@", f"{{{{ {chosen} }}}}")


def _about(words: Mapping[str, Any]) -> str:
    return f"{{% if about %}}\n{words['frame']['about']}\n\n{{% endif %}}\n"


def _text_of(kind: str, words: Mapping[str, Any], words_of_kind: Mapping[str, str]) -> str:
    first, *others = _COLUMNS.get(kind, ("title",))
    rows = "".join(_row_of_text(words, name) for name in others)
    title = _CELLS[first].replace("{{ ", "{{ (", 1).replace(" }}", ")|isolate }}", 1)
    table = f"{{% for item in items %}}\n* {title}\n{rows}{{% endfor %}}\n" if kind in _COLUMNS else ""
    links = "".join(_address(words, name) for name in _LINKS.get(kind, ()))
    return "\n".join([_about(words) + words_of_kind["text"], "", table, words_of_kind["after"], "", links])


def _row_of_text(words: Mapping[str, Any], name: str) -> str:
    """Return the line of a column under a title; none where there is nothing to say, but what is back is said to be."""
    back = name == "due_or_returned"
    line = f"  {_label(words, name)}{_colon(words)} {_CELLS['due'] if back else _cell(words, name)}\n"
    otherwise = f"{{% else %}}\n  {words['columns']['returned']}\n" if back else ""
    return f"{{% if item.{_field_of(name)} is not none %}}\n{line}{otherwise}{{% endif %}}\n"


def _letter_of(kind: str, words: Mapping[str, Any], words_of_kind: Mapping[str, str]) -> str:
    columns = _COLUMNS.get(kind)
    table = ""
    if columns:
        head = "\t".join(_label(words, name) for name in columns)
        row = "\t".join(_cell(words, name) for name in columns)
        table = f"{{% if items %}}\n{head}\n{{% for item in items %}}\n{row}\n{{% endfor %}}\n{{% endif %}}\n"
    page = _address(words, "code") if kind in _WITH_CODE else ""
    return "\n".join([_about(words) + words_of_kind["text"], "", table, words_of_kind["after"], "", page])


def _html_of(kind: str, words: Mapping[str, Any], words_of_kind: Mapping[str, str]) -> str:
    parts = [f"{{% if about %}}\n<p>{words['frame']['about']}</p>\n{{% endif %}}", _paragraphs(words_of_kind["text"])]
    columns = _COLUMNS.get(kind)
    if columns:
        head = "".join(f'<th scope="col">{_label(words, name)}</th>' for name in columns)
        row = "".join(
            f'<th scope="row" dir="auto">{_cell(words, name)}</th>'
            if name == "title"
            else f"<td>{_cell(words, name)}</td>"
            for name in columns
        )
        parts.append(
            f"{{% if items %}}\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
            f"{{% for item in items %}}\n<tr>{row}</tr>\n{{% endfor %}}\n</tbody>\n</table>\n{{% endif %}}"
        )
    parts.append(_paragraphs(words_of_kind["after"]))
    parts += [_anchor(_page_of(name), words["links"][name]) for name in _LINKS.get(kind, ())]
    return "\n".join(part for part in parts if part)


def _frame(words: Mapping[str, Any], way: Way, language: str) -> Template:
    own = words["frame"]
    sender = "{% if branch %}\n{{ branch.name }}\n{{ branch.address }}\n{% endif %}\n"
    details = "".join(f"{{% if branch.{field} %}}\n{own[name]}\n{{% endif %}}\n" for name, field in _DETAILS)
    letter = f"{own['greeting']}\n\n{{{{ content }}}}\n\n{own['closing']}\n\n{{{{ library.name }}}}\n"
    if way is Way.LETTER:
        return Template(letter)
    small = "".join(_address(words, name) for name in ("preferences", "unsubscribe"))
    text = f"{letter}{sender}{details}\n--\n{own['automatic']}\n{small}"
    return Template(text, html=_html_frame(words, language))


def _html_frame(words: Mapping[str, Any], language: str) -> str:
    own = words["frame"]
    details = "".join(f"{{% if branch.{field} %}}<br>{own[name]}{{% endif %}}\n" for name, field in _DETAILS)
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{words["direction"]}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" \
content="light dark"><title>{{{{ heading }}}}</title><style>{_STYLE}</style></head>
<body>
<h1>{{{{ heading }}}}</h1>
<p>{own["greeting"]}</p>
{{{{ content }}}}
<p>{own["closing"]}</p>
<p>{{{{ library.name }}}}{{% if branch %}}<br>{{{{ branch.name }}}}
<br><span style="white-space:pre-line">{{{{ branch.address }}}}</span>{{% endif %}}
{details}</p>
<hr>
<p>{own["automatic"]}</p>
{_anchor("preferences", words["links"]["preferences"])}
{_anchor("unsubscribe", words["links"]["unsubscribe"])}
</body>
</html>"""


def _paragraphs(text: str) -> str:
    """Return the lines of a text as paragraphs in HTML; lines that ask something stand between them."""
    lines = (line for line in text.split("\n") if line)
    return "\n".join(line if line.startswith("{%") else f"<p>{line}</p>" for line in lines)


def _address(words: Mapping[str, Any], link: str) -> str:
    """Return where a link leads, and its address on a line of its own."""
    page = _page_of(link)
    leads = f"{words['links'][link]}{_colon(words)}"
    return f"{{% if links.{page} %}}\n{leads}\n{{{{ links.{page} }}}}\n{{% endif %}}\n"


def _anchor(page: str, words: str) -> str:
    return f'{{% if links.{page} %}}\n<p><a href="{{{{ links.{page} }}}}">{words}</a></p>\n{{% endif %}}'


def _label(words: Mapping[str, Any], name: str) -> str:
    return str(words["columns"][_field_of(name)])


def _colon(words: Mapping[str, Any]) -> str:
    return str(words["frame"].get("colon", ":"))


def _cell(words: Mapping[str, Any], name: str) -> str:
    cell = _CELLS[name]
    for word in ("returned", "yes", "no"):
        cell = cell.replace(f"@{word}@", words["columns"][word])
    return cell


def _field_of(column: str) -> str:
    return "due" if column == "due_or_returned" else column


def _page_of(link: str) -> str:
    return "account" if link == "code" else link
