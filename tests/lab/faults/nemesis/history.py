"""What people asked of the library and what they were told, each with when: all that the judge knows of them."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Act:
    """One act, asked for with the same key until somebody answered for certain.

    `unknown` counts the tries that had no such answer: nobody can tell which of them were carried out.
    """

    kind: str
    key: str
    address: str  # the path, and the service in front of it
    body: dict[str, Any] | None
    token: str  # whose
    about: dict[str, str]
    begun: float
    ended: float | None = None
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    unknown: int = 0
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        """Whether it was done, as far as the one who asked was told."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """The code of the refusal; empty without one."""
        return str(self.answer.get("code", "")) if self.status >= 400 else ""

    @property
    def codes(self) -> set[str]:
        """The codes of all refusals that were told."""
        return {self.code, *(one.get("code", "") for one in self.answer.get("refusals", ()))} - {""}


@dataclass(slots=True)
class History:
    """Every act, in the order in which they were begun, and every answer that must not be.

    `looks` is how often somebody looked whether the money adds up, and `unbalanced` what they saw when it did not.
    """

    acts: list[Act] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    looks: int = 0
    unbalanced: list[str] = field(default_factory=list)

    def begin(
        self, kind: str, key: str, address: str, body: dict[str, Any] | None, *, token: str, about: dict[str, str]
    ) -> Act:
        """Write down that somebody asks."""
        act = Act(kind, key, address, body, token, about, time.monotonic())
        self.acts.append(act)
        return act

    def end(self, act: Act, status: int, answer: dict[str, Any], *, replayed: bool) -> None:
        """Write down what they were told."""
        act.status, act.answer, act.replayed, act.ended = status, answer, replayed, time.monotonic()

    def done(self, *kinds: str) -> Iterator[Act]:
        """Return the acts of these kinds that somebody was told were done."""
        return (act for act in self.acts if act.kind in kinds and act.accepted)

    def pending(self) -> list[Act]:
        """Return the acts that nobody answered yet."""
        return [act for act in self.acts if act.ended is None]

    def figures(self) -> dict[str, Counter[str]]:
        """Count acts by kind: how many there were, were accepted, refused, repeated, and answered from a receipt."""
        figures: dict[str, Counter[str]] = {}
        for act in self.acts:
            counts = figures.setdefault(act.kind, Counter())
            counts["asked"] += 1
            counts["accepted" if act.accepted else "refused" if act.ended else "open"] += 1
            counts["tries without an answer"] += act.unknown
            counts["answered from a receipt"] += act.replayed
        return figures

    def write(self, file: Path) -> None:
        """Keep all of it, an act a line, for whoever wants to know what happened."""
        with file.open("w") as lines:
            for act in self.acts:
                lines.write(json.dumps({name: getattr(act, name) for name in Act.__dataclass_fields__}) + "\n")
