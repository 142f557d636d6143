"""The one schema that all tables belong to, and how a class of the model is mapped onto one of them."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import registry

from members_service.domain.statistics import DIMENSIONS, WIDE
from shared.persistence.types import named_metadata
from shared.persistence.work import PlumbingTables

metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata, dimensions=DIMENSIONS, wide=WIDE)
mappers = registry(metadata=metadata)


def map_class(kind: type[Any], table: Table, **properties: Any) -> type[Any]:
    """Map a class, with the version that the model counts where its table has one."""
    options: dict[str, Any] = {"eager_defaults": False}  # a number that the database has given is read when it is shown
    if "version" in table.c:
        options |= {"version_id_col": table.c.version, "version_id_generator": False}
    mapper = mappers.map_imperatively(kind, table, properties=properties, **options)
    return mapper.class_
