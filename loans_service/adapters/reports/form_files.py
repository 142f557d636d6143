"""The forms, read from the YAML files beside this module when one is asked for."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from loans_service.domain.reports.form import Form, FormLine, FormNotFound
from loans_service.domain.reports.formula import Formula

_FOLDER = "loans_service.adapters.reports.forms"
NAMES = ("iso-2789", "pls", "dbs", "acrl")
"""The forms in the order in which they are listed."""


class FormFiles:
    """Implements `fill_in.Forms`."""

    def all(self) -> Sequence[Form]:
        """Return all of them."""
        return [_read(name) for name in NAMES]

    def get(self, name: str) -> Form:
        """Raise FormNotFound."""
        if name not in NAMES:
            raise FormNotFound
        return _read(name)


@cache
def _read(name: str) -> Form:
    import yaml  # noqa: PLC0415 - most processes never show a form

    text = (resources.files(_FOLDER) / f"{name}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    kinds = document.get("kinds", {})
    return Form(
        name=name,
        title=document["title"],
        publisher=document["publisher"],
        edition=document["edition"],
        source=document["source"],
        remarks=document["remarks"],
        lines=tuple(_line(line, kinds) for line in document["lines"]),
    )


def _line(line: dict[str, Any], kinds: dict[str, list[str]]) -> FormLine:
    formula = line.get("formula")
    return FormLine(
        code=line["code"],
        number=line.get("number"),
        checked=line.get("checked", False),
        title=line["title"],
        definition=line["definition"],
        formula=None if formula is None else Formula.read(formula, kinds),
    )
