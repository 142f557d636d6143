"""Figures of an earlier year, for tests of all that a service keeps."""

from datetime import date

from sqlalchemy import insert

from shared.persistence.cube.tables import CubeTables
from shared.persistence.database import Database


async def have_figures(database: Database, cube: CubeTables) -> None:
    """Put a row into each table of a cube."""
    span = {"span": "year", "starts_on": date(2019, 1, 1)}
    cell = span | {"atom": "earlier", "value": 7} | dict.fromkeys(cube.dimensions, "")
    of_person = {"atom": "earlier", "digest": "a" * 32}
    async with database.engine.begin() as connection:
        await connection.execute(insert(cube.cells).values(cell))
        await connection.execute(insert(cube.forgotten).values(cell))
        await connection.execute(insert(cube.published).values(cell | {"cells": 1}))
        await connection.execute(insert(cube.keys).values(span | {"key": b"k" * 32}))
        await connection.execute(insert(cube.digests).values(span | of_person))
