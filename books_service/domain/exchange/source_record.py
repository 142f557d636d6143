"""Records as they came, which is more than the catalogue reads of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as it came, so that it can go out as rich as it came in: its fields as JSON values.

    A control field is its tag and text; a data field its tag, two indicators and its subfields, codes and texts. All
    are lists, so that a record equals itself when it comes back from the database.
    """

    leader: str
    fields: tuple[Any, ...]

    def in_json(self) -> dict[str, Any]:
        """Return the record as MARC-in-JSON."""
        fields = [{tag: _data_field(first, *rest) if rest else first} for tag, first, *rest in self.fields]
        return {"leader": self.leader, "fields": fields}

    def lines(self) -> Iterator[str]:
        """Yield leader and fields as cataloguers write them: `245 10 $a Emma`."""
        yield f"LDR {self.leader}"
        for tag, first, *rest in self.fields:
            text = first if not rest else " ".join([first, *(f"${code} {value}" for code, value in rest[0])])
            yield f"{tag} {text}"

    def without(self, other: "SourceRecord") -> list[str]:
        """Return the lines that `other` does not have, each as often as it has too few of it."""
        theirs, mine = Counter(other.lines()), list[str]()
        for line in self.lines():
            if theirs[line]:
                theirs[line] -= 1
            else:
                mine.append(line)
        return mine


def _data_field(indicators: str, parts: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"ind1": indicators[:1], "ind2": indicators[1:], "subfields": [{code: text} for code, text in parts]}
