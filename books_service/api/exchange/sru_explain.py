"""How SRU explains itself: a record of ZeeRex, from which clients learn what they may ask."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

VERSION = "1.2"
DEFAULT_RECORDS = 10
SCHEMAS: Mapping[str, tuple[str, str]] = {
    "marcxml": ("info:srw/schema/1/marcxml-v1.1", "MARC 21 in XML, with the copies"),
    "dc": ("info:srw/schema/1/dc-v1.1", "Dublin Core"),
}
"""Identifier and title of each schema of records, by its short name."""
_SETS = {
    "cql": "info:srw/cql-context-set/1/cql-v1.2",
    "dc": "info:srw/cql-context-set/1/dc-v1.1",
    "bib": "info:srw/cql-context-set/1/bib-v1.1",
    "bath": "http://zing.z3950.org/cql/bath/2.0/",
}


def explanation(address: str, indexes: Sequence[str], *, most_records: int) -> str:
    """Return the record, for a catalogue that answers at `address` and searches in these indexes."""
    scheme, _, rest = address.partition("://")
    place, _, path = rest.partition("/")
    host, _, port = place.rpartition(":") if re.search(r":\d+$", place) else (place, "", "")
    port = port or ("443" if scheme == "https" else "80")
    sets = "".join(f'<set name="{name}" identifier="{identifier}"/>' for name, identifier in _SETS.items())
    fields = "".join(f"<index><title>{name}</title>{_map(name)}</index>" for name in indexes)
    schemas = "".join(
        f'<schema identifier="{identifier}" name="{name}"><title>{title}</title></schema>'
        for name, (identifier, title) in SCHEMAS.items()
    )
    return (
        '<explain xmlns="http://explain.z3950.org/dtd/2.0/">'
        f'<serverInfo protocol="SRU" version="{VERSION}" transport="{scheme}" method="GET">'
        f"<host>{escape(host)}</host><port>{port}</port><database>{escape(path)}</database></serverInfo>"
        "<databaseInfo><title>Library</title></databaseInfo>"
        f"<indexInfo>{sets}{fields}</indexInfo><schemaInfo>{schemas}</schemaInfo>"
        f'<configInfo><default type="numberOfRecords">{DEFAULT_RECORDS}</default>'
        f'<setting type="maximumRecords">{most_records}</setting>'
        '<supports type="relation">=</supports><supports type="relation">any</supports>'
        '<supports type="relation">all</supports><supports type="booleanModifier">none</supports>'
        "</configInfo></explain>"
    )


def _map(index: str) -> str:
    prefix, _, name = index.partition(".")
    return f'<map><name set="{prefix}">{name}</name></map>'
