"""Languages by their ISO 639 codes."""

from dataclasses import dataclass
from typing import Self

from shared.kernel.errors import InvalidValue


class InvalidLanguage(InvalidValue):
    """This is no ISO 639 code."""

    code = "invalid-language"
    detail = "A language is given by its ISO 639 code of two or three letters, such as en or eng."
    field = "languages"


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639 code as it was given, in small letters: one of the two-letter codes, or three letters."""

    code: str

    def __post_init__(self) -> None:
        letters = self.code.isascii() and self.code.isalpha() and self.code.islower()
        if not letters or not (self.code in _LIBRARY_CODES or len(self.code) == 3):
            raise InvalidLanguage

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code, in letters of any size. Raises InvalidLanguage."""
        return cls(text.strip().lower())

    @classmethod
    def repaired(cls, text: str) -> Self:
        """Read a code or a tag with a region (`en-US`), of which only the language is kept. Raises InvalidLanguage."""
        language, *region = text.strip().replace("_", "-").split("-")
        parsed = cls.parse(language)
        return cls(parsed.library_code) if region else parsed

    @property
    def library_code(self) -> str:
        """The three letters that libraries file this language under (ISO 639-2/B): `ger` for `de` and `deu`."""
        return _LIBRARY_CODES.get(self.code) or _OLD_NAMES.get(self.code) or self.code

    def __str__(self) -> str:
        return self.code


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


_LIBRARY_CODES = _table(
    """
    aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul
    bh:bih bi:bis bm:bam bn:ben bo:tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:cze cu:chu cv:chv
    cy:wel da:dan de:ger dv:div dz:dzo ee:ewe el:gre en:eng eo:epo es:spa et:est eu:baq fa:per ff:ful fi:fin
    fj:fij fo:fao fr:fre fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv
    ht:hat hu:hun hy:arm hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:ice it:ita iu:iku ja:jpn
    jv:jav ka:geo kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor
    ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mao mk:mac ml:mal
    mn:mon mr:mar ms:may mt:mlt my:bur na:nau nb:nob nd:nde ne:nep ng:ndo nl:dut nn:nno no:nor nr:nbl nv:nav
    ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:rum
    ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slo sl:slv sm:smo sn:sna so:som sq:alb sr:srp
    ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur
    ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid
    yo:yor za:zha zh:chi zu:zul
    """
)

_OLD_NAMES = _table(
    """
    bod:tib ces:cze cym:wel deu:ger ell:gre eus:baq fas:per fra:fre hye:arm isl:ice kat:geo mkd:mac mri:mao
    msa:may mya:bur nld:dut ron:rum slk:slo sqi:alb zho:chi
    """
)
