"""The forms, read from the YAML files beside this module when one is asked for."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from loans_service.domain.reports.form import Form, FormLine, FormNotFound
from loans_service.domain.reports.formula import GROUPS, Formula

_FOLDER = "loans_service.adapters.reports.forms"
NAMES = ("iso-2789", "pls", "dbs", "acrl")
"""The forms in the order in which they are listed."""


class FormFiles:
    """Implements `fill_in.Forms`.

    `first_month` is that in which the fiscal year of the library begins, and `groups` the item types that it has in
    some of the groups.
    """

    def __init__(self, *, first_month: int = 1, groups: Mapping[str, Sequence[str]] | None = None) -> None:
        self._first_month = first_month
        self._groups = {**GROUPS, **(groups or {})}

    def all(self) -> Sequence[Form]:
        """Return all of them."""
        return [self.get(name) for name in NAMES]

    def get(self, name: str) -> Form:
        """Raise FormNotFound."""
        if name not in NAMES:
            raise FormNotFound
        document = _read(name)
        about = {key: document[key] for key in ("title", "publisher", "edition", "source", "remarks")}
        return Form(
            name=name,
            **about,
            lines=tuple(self._line(line) for line in document["lines"]),
            first_month=self._first_month if document.get("fiscal") else 1,
        )

    def _line(self, line: dict[str, Any]) -> FormLine:
        formula = line.get("formula")
        return FormLine(
            code=line["code"],
            number=line.get("number"),
            checked=line.get("checked", False),
            title=line["title"],
            definition=line["definition"],
            formula=None if formula is None else Formula.read(formula, self._groups),
        )


@cache
def _read(name: str) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - most processes never show a form

    document: dict[str, Any] = yaml.safe_load((resources.files(_FOLDER) / f"{name}.yaml").read_text(encoding="utf-8"))
    return document
