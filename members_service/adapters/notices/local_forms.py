"""How days, times, amounts and numbers are written in a language: the filters of templates."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency
from jinja2 import pass_context
from jinja2.runtime import Context

from shared.kernel.currencies import minor_digits

_LANGUAGE = "_language"
_ISOLATE, _POP = "\u2068", "\u2069"
_FROM_RIGHT = ("R", "AL")
_LONGEST_CUT = 1_000


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Return how things are written in a language; English where nobody has noted it."""
    tag = language
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag, _, _ = tag.rpartition("-")
    return Locale("en")


def _locale(context: Context) -> Locale:
    return locale_of(context[_LANGUAGE])


@pass_context
def _date(context: Context, value: date | None) -> str:
    """A day."""
    return "" if value is None else format_date(value, "long", locale=_locale(context))


@pass_context
def _time(context: Context, value: datetime | None) -> str:
    """The hour and minute."""
    return format_time(value, "short", locale=_locale(context)) if isinstance(value, datetime) else ""


@pass_context
def _when(context: Context, value: date | str | None) -> str:
    """A day, and the time where there is one. What is a text already stays as it is."""
    if not isinstance(value, date):
        return value or ""
    day = format_date(value, "long", locale=_locale(context))
    return f"{day}, {_time(context, value)}" if isinstance(value, datetime) else day


@pass_context
def _money(context: Context, value: int | None) -> str:
    """An amount in minor units, in the currency of the library."""
    if value is None:
        return ""
    currency = context["currency"]
    return format_currency(value / 10 ** minor_digits(currency), currency, locale=_locale(context))


@pass_context
def _plural(context: Context, number: int, one: str, other: str, **more: str) -> str:
    """The form of a word that a number asks for: one, other, and in some languages zero, two, few and many."""
    form = _locale(context).plural_form(number)
    return {"one": one, "other": other, **more}.get(form, other)


@pass_context
def _isolate(context: Context, value: Any) -> str:
    """A text which, being written in the other direction, leaves its neighbours alone."""
    text = str(value or "")
    turned = any(unicodedata.bidirectional(sign) in _FROM_RIGHT for sign in text)
    from_right = _locale(context).text_direction == "rtl"
    return f"{_ISOLATE}{text}{_POP}" if text and turned != from_right else text


def _truncate(value: str | None, length: int = 60) -> str:
    """At most so many letters."""
    text, most = value or "", min(int(length), _LONGEST_CUT)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "date": _date,
    "time": _time,
    "when": _when,
    "money": _money,
    "plural": _plural,
    "isolate": _isolate,
    "truncate": _truncate,
    "length": len,
    "upper": lambda value: str(value or "").upper(),
    "lower": lambda value: str(value or "").lower(),
    "trim": lambda value: str(value or "").strip(),
}
"""All filters that a template may use."""
