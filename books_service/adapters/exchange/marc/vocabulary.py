"""The words, codes and tags of MARC 21, and what they are here."""

import re
from collections.abc import Mapping

from pymarc import Field

from books_service.domain.catalogue.contributor import ContributorRole
from books_service.domain.catalogue.format import Audience, BookFormat
from books_service.domain.catalogue.identifier import Scheme

RELATORS: Mapping[str, ContributorRole] = {
    "adp": ContributorRole.ADAPTER,
    "ann": ContributorRole.ANNOTATOR,
    "arr": ContributorRole.ARRANGER,
    "art": ContributorRole.ARTIST,
    "ctg": ContributorRole.CARTOGRAPHER,
    "cmm": ContributorRole.COMMENTATOR,
    "com": ContributorRole.COMPILER,
    "cmp": ContributorRole.COMPOSER,
    "cnd": ContributorRole.CONDUCTOR,
    "ctb": ContributorRole.CONTRIBUTOR,
    "drt": ContributorRole.DIRECTOR,
    "edt": ContributorRole.EDITOR,
    "ill": ContributorRole.ILLUSTRATOR,
    "ive": ContributorRole.INTERVIEWEE,
    "ivr": ContributorRole.INTERVIEWER,
    "aui": ContributorRole.INTRODUCER,
    "lyr": ContributorRole.LYRICIST,
    "nrt": ContributorRole.NARRATOR,
    "prf": ContributorRole.PERFORMER,
    "pht": ContributorRole.PHOTOGRAPHER,
    "pro": ContributorRole.PRODUCER,
    "trl": ContributorRole.TRANSLATOR,
}
AUTHOR = "aut"
SCHEMES = {"010": Scheme.LCCN, "022": Scheme.ISSN}
AUTHOR_TERMS = {"author", "joint author", "verfasser", "auteur", "writer", "creator"}
SHORT_TERMS = {
    "ed": ContributorRole.EDITOR,
    "eds": ContributorRole.EDITOR,
    "tr": ContributorRole.TRANSLATOR,
    "trans": ContributorRole.TRANSLATOR,
}
SHORT_TERMS |= {
    "comp": ContributorRole.COMPILER,
    "ill": ContributorRole.ILLUSTRATOR,
    "illus": ContributorRole.ILLUSTRATOR,
    "joint editor": ContributorRole.EDITOR,
}
STANDARD_NUMBERS = {"1": Scheme.UPC, "2": Scheme.ISMN, "3": Scheme.EAN}
SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "655")
VARIANT_TITLES = ("130", "210", "222", "240", "242", "246", "247", "740")
UNIFORM = ("130", "240")  # in them $b is none of the title
NO_LANGUAGE = {"", "|||", "und", "zxx", "mul", "mis"}
ISBD_MARKS = ("/", ":", ";", "=", ",", " +")  # a plus without a blank belongs to the word: C++
_SHORTENED = r"inc|co|corp|ltd|jr|sr|dr|mr|mrs|ms|st|etc|al|dept|ed|eds|vol|no|bd|pt|ill|bros"
ABBREVIATED = re.compile(rf"\b(?:\w|{_SHORTENED})\.$", re.IGNORECASE)
NAMES = ("100", "110", "111", "700", "710", "711", "720")
NAME_CODES = {"00": "ab", "10": "ab", "11": "a", "20": "a"}


OWN, EXTERNAL = "library", "external"
OWN_TAGS, OWN_ATTRIBUTES = "599", "598"  # where MARC has local notes
"""The sources of words and numbers that only we write: in 380 $2, and in the brackets of 035.

In 035 the first marks the id that a book has here, which is exported, and ignored by an import.
"""
FORMS = {"d": BookFormat.LARGE_PRINT, "o": BookFormat.EBOOK, "q": BookFormat.EBOOK, "s": BookFormat.EBOOK}
TYPES = {
    "c": BookFormat.SCORE,
    "d": BookFormat.SCORE,
    "e": BookFormat.MAP,
    "f": BookFormat.MAP,
    "g": BookFormat.VIDEO,
    "i": BookFormat.AUDIOBOOK,
    "j": BookFormat.MUSIC,
    "k": BookFormat.PICTURE,
    "m": BookFormat.COMPUTER_FILE,
    "o": BookFormat.KIT,
    "r": BookFormat.OBJECT,
}
AUDIENCES = {
    "a": Audience.PRESCHOOL,
    "b": Audience.PRIMARY,
    "c": Audience.PRE_ADOLESCENT,
    "d": Audience.ADOLESCENT,
    "e": Audience.ADULT,
    "f": Audience.SPECIALIZED,
    "g": Audience.GENERAL,
    "j": Audience.JUVENILE,
}
CLASSES = {"050": "lcc", "060": "nlm", "080": "udc", "082": "ddc"}
WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def former_key(field: Field) -> str:
    """Return the key that a record has in Koha (999 $c beside $d) or FOLIO (999 ff $i), or nothing."""
    if field.tag != "999":
        return ""
    subfields = {code: value.strip() for code, value in field.subfields}
    if field.indicators == ("f", "f"):
        return subfields["i"] if _UUID.fullmatch(subfields.get("i", "")) else ""
    return subfields["c"] if subfields.get("c", "").isdecimal() and subfields.get("d", "").isdecimal() else ""
