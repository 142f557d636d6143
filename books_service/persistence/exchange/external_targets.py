"""Other catalogues, on a table."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.exchange.external_target import ExternalTarget
from books_service.persistence.import_tables import external_targets
from shared.persistence.work import out_of_date


class ExternalTargets:
    """The other catalogues that are known here."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, code: str) -> ExternalTarget | None:
        """Return the one with this code."""
        row = (await self._session.execute(_ALL.where(external_targets.c.code == code))).first()
        return None if row is None else ExternalTarget(*row)

    async def all(self) -> Sequence[ExternalTarget]:
        """Return every one, by code; a library has few."""
        return [ExternalTarget(*row) for row in await self._session.execute(_ALL.order_by(external_targets.c.code))]

    async def put(self, target: ExternalTarget) -> None:
        """Store it, in place of the version before its own. Raises OutOfDate when another was faster."""
        values = asdict(target)
        if target.version == 1:
            try:
                await self._session.execute(insert(external_targets).values(values))
            except IntegrityError as error:
                raise out_of_date() from error
            return
        before = (external_targets.c.code == target.code, external_targets.c.version == target.version - 1)
        changed = await self._session.execute(update(external_targets).where(*before).values(values))
        if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
            raise out_of_date()

    async def remove(self, target: ExternalTarget) -> None:
        """Raises OutOfDate when it was changed meanwhile."""
        present = (external_targets.c.code == target.code, external_targets.c.version == target.version)
        removed = await self._session.execute(delete(external_targets).where(*present))
        if not removed.rowcount:  # type: ignore[attr-defined]  # a DELETE has one
            raise out_of_date()


_ALL = select(*external_targets.c)
