"""What all tables of the catalogue stand in, with those that every service has."""

from shared.persistence.types import named_metadata
from shared.persistence.work import PlumbingTables

LONGEST_ACTOR = 100

metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata)
