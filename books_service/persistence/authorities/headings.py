"""Which authorities some books have to know, looked up in the transaction that changes them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, exists, literal, select, type_coerce

from books_service.domain.authorities.authority import AuthorityKind
from books_service.domain.authorities.headings import Headings, Known, keys_of
from books_service.domain.catalogue.record import BookRecord
from books_service.persistence.authority_tables import authorities, authority_keys
from shared.persistence.lists import for_both, one_of
from shared.persistence.statements import Prepared, Runs

_IS_ANY = Prepared(select(exists(select(literal(1)).select_from(authorities))))


def _known(dialect: str) -> Any:
    led = select(authority_keys.c.authority_id).where(one_of(authority_keys.c.key, "keys", dialect))
    given = select(authorities.c.authority_id).where(one_of(authorities.c.authority_id, "ids", dialect))
    shown = (authorities.c.authority_id, type_coerce(authorities.c.kind, String), authorities.c.heading)
    return select(*shown, authorities.c.see_from).where(authorities.c.authority_id.in_(led.union(given)))


_KNOWN = for_both(_known)


class HeadingLookup:
    """Looks each text up once in a transaction; a catalogue without authorities pays for one look."""

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._is_any: bool | None = None
        self._looked_up: set[str] = set()
        self._known: dict[UUID, Known] = {}

    async def of(
        self, records: Sequence[BookRecord], *, former: Sequence[str] = (), heir: UUID | None = None
    ) -> Headings:
        """Return the authorities that these books have to know; the keys `former` lead to the authority `heir`."""
        if self._is_any is None:
            self._is_any = bool((await self._run(_IS_ANY))[0][0])
        if not self._is_any:
            return Headings()
        keys = keys_of(records) - self._looked_up
        ids = [] if heir is None else [heir]
        if keys or ids:
            for authority_id, kind, heading, see_from in await self._run(_KNOWN, keys=sorted(keys), ids=ids):
                self._known[authority_id] = Known(authority_id, AuthorityKind(kind), heading, see_from)
            self._looked_up |= keys
        return Headings(self._known.values(), {} if heir is None else dict.fromkeys(former, heir))
