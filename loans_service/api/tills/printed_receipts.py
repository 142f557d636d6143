"""A receipt as lines of text, and as a page to be printed: no script, nothing from elsewhere.

It speaks the language that is asked for, if there is one in `receipt_words.json`. What the policy alone charges for is
called there as it likes, and stays as it is.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from loans_service.application.tills.till_views import Amount, ReceiptView
from shared.kernel.currencies import minor_digits

_WIDTH = 40
_STYLE = "body{font-family:monospace;max-width:42ch;margin:2em auto}pre{white-space:pre-wrap}"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of the page."""

WORDS: Mapping[str, Mapping[str, Any]] = json.loads(
    (Path(__file__).parent / "receipt_words.json").read_text(encoding="utf-8")
)
"""What is printed, by language; in English, the words of the API."""


def as_text(receipt: ReceiptView, language: str) -> str:
    """Return the receipt as lines for a receipt printer."""
    words = WORDS.get(language, {})

    def word_for(of: str, word: str) -> str:
        return str(words.get(of, {}).get(word, word))

    place = receipt.till if receipt.branch in (None, receipt.till) else f"{receipt.branch} {receipt.till}"
    lines = [
        receipt.number,
        f"{receipt.at:%Y-%m-%d %H:%M %Z}",
        place,
        "-" * _WIDTH,
        *(_row(word_for("reasons", line.reason), line.amount) for line in receipt.lines),
        "-" * _WIDTH,
        _row(f"{word_for('kinds', receipt.kind)}, {word_for('methods', receipt.method)}", receipt.total),
    ]
    if receipt.reverses is not None:
        lines.append(words.get("for", "for {number}").format(number=receipt.reverses))
    return "\n".join(lines) + "\n"


def as_page(receipt: ReceiptView, language: str) -> str:
    """Return the same as a page."""
    number, text = escape(receipt.number), escape(as_text(receipt, language))
    head = f'<meta charset="utf-8"><title>{number}</title><style>{_STYLE}</style>'
    body = f"<main><h1>{number}</h1><pre>{text}</pre></main>"
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>\n'


def _row(what: str, amount: Amount) -> str:
    figure = in_words(amount)
    return f"{what[: _WIDTH - len(figure) - 1]:<{_WIDTH - len(figure)}}{figure}"


def in_words(amount: Amount) -> str:
    """Return an amount as people write it: 2.50 EUR."""
    digits = minor_digits(amount.currency)
    whole, part = divmod(amount.amount, 10**digits)
    return f"{whole}.{part:0{digits}} {amount.currency}" if digits else f"{whole} {amount.currency}"
