"""The metadata of all tables of the catalogue, with those that every service has."""

from books_service.domain.statistics import DIMENSIONS, WIDE
from shared.persistence.types import named_metadata
from shared.persistence.work import PlumbingTables

LONGEST_ACTOR = 100

metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata, dimensions=DIMENSIONS, wide=WIDE)
