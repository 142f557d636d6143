"""The refusals of files in MARC, which have pages that explain them: they load without pymarc."""

from shared.kernel.errors import Refused
from shared.kernel.file_records import FileUnusable

MOST_BYTES, MOST_FIELDS, MOST_SUBFIELDS = 2**19, 2_000, 10_000  # of one record in MARC 21


class NoMarc(FileUnusable):
    code = "no-marc-records"
    detail = "The file holds no MARC 21 records. Is it MARCXML, or another format?"


class MarcTooLong(Refused):
    """No book is described at that length."""

    code = "record-too-long"
    detail = (
        f"This record has more than {MOST_BYTES} bytes, {MOST_FIELDS} fields or {MOST_SUBFIELDS} subfields, or no end."
    )


class MarcDirectoryBroken(Refused):
    code = "marc-directory-broken"
    detail = "The directory of this record is broken; its fields were taken in the order of their tags there."


class MarcDeleted(Refused):
    code = "marc-deleted"
    detail = "The leader says that this record was deleted. Nothing was taken from it, and nothing removed."


class MarcTextBroken(Refused):
    code = "marc-text-broken"

    def __init__(self, tag: str) -> None:
        super().__init__(f"The field {tag} is not in the encoding that the leader names; it was left out.")
        self.tag = tag


class XmlWithDtd(FileUnusable):
    code = "xml-with-dtd"
    detail = "The file has a document type (DOCTYPE), which MARCXML needs not. Take it out."


class NoMarcXml(FileUnusable):
    code = "no-marc-records"
    detail = "The file holds no MARCXML: there is neither a collection nor a record in it."
