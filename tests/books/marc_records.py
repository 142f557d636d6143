"""MARC records as libraries have them, made by a seeded generator: rich, repeated, half known, and not quite clean."""

import random
import unicodedata
from typing import Any

from stdnum import ean

Fields = list[list[Any]]
"""A record's fields as the catalogue stores them: tag and text, or tag, indicators and subfields."""

_MARKS = {
    "\u0300": b"\xe1",
    "\u0301": b"\xe2",
    "\u0302": b"\xe3",
    "\u0303": b"\xe4",
    "\u0308": b"\xe8",
    "\u030c": b"\xe9",
}
_WORDS = (
    "Über",
    "das",
    "Café",
    "Señor",
    "mañana",
    "light",
    "house",
    "river",
    "winter",
    "Schöne",
    "neue",
    "Welt",
    "Žižek",
)
_OWN_SCRIPT = ("Преступление и наказание", "ドストエフスキー", "罪と罰", "שלום עליכם")
_NAMES = ["Müller, Hans", "Eliot, George", "Čapek, Karel", "García Márquez, Gabriel", "Austen, Jane", "Homer"]


class Maker:
    """Makes records; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._number = 0

    def record(self) -> tuple[str, Fields]:
        """Return leader and fields of a record that no other one shares an ISBN or control number with."""
        self._number += 1
        self._own_script = self.rng.random() < 0.5
        self._links = 0
        style = self.rng.choice("a ic")
        self._stop = "" if style == "c" else self.rng.choice(["", " /"])
        kind = self.rng.choice(["am", "am", "am", "as", "jm", "gm"])
        fields = [
            *self._numbers(),
            *self._names_and_title(),
            *self._description(),
            *self._subjects(),
            *self._added(),
        ]
        pairs = [field for field in fields if len(field) > 2 and field[2][:1] and field[2][0][0] == "6"]
        own = [self._pair(field) for field in pairs]
        local = [self._data("942", "c"), self._data("995", "ab9"), ["9AB", "x9", [["Z", "ours"], ["Z", "ours"]]]]
        return f"00000c{kind} a2200000 {style} 4500", [*fields, *own, *self.rng.sample(local, self.rng.randint(0, 3))]

    def _text(self, words: int = 3) -> str:
        return " ".join(self.rng.choices(_WORDS, k=words))

    def _data(self, tag: str, codes: str, signs: str | None = None) -> list[Any]:
        signs = signs or "".join(self.rng.choices(" 012", k=2))
        return [tag, signs, [[code, self._text()] for code in codes]]

    def _some(self, most: int) -> range:
        return range(self.rng.randint(0, most))

    def _numbers(self) -> Fields:
        bare = f"978{self._number:09}"
        isbn = bare + ean.calc_check_digit(bare)
        fields: Fields = [["001", f"n{self._number}"], ["003", "DE-1"], ["005", "20260301093000.0"]]
        fields += [["007", "ta"] for _ in self._some(2)]
        language = self.rng.choice(["eng", "ger", "fre", "   "])
        fields.append(["008", f"260301s{self.rng.randint(1500, 2025)}    gw a   e      000 1 {language} d"])
        fields.append(["020", "  ", [["a", f"{isbn} (pbk.)"], ["c", "EUR 12"]]])
        fields += [["020", "  ", [["z", "9780000000000"]]] for _ in self._some(1)]
        fields += [["024", "7 ", [["a", f"10.1000/{self._number}"], ["2", "doi"]]] for _ in self._some(1)]
        fields += [
            ["035", "  ", [["a", f"(OCoLC){self._number}"], ["z", f"(OCoLC)9{self._number}"]]] for _ in self._some(1)
        ]
        fields += [self._data("040", "abc", "  ")]
        fields += [["041", "1 ", [["a", language], ["h", "rus"]]] for _ in self._some(1) if language.strip()]
        fields += [
            ["082", "04", [["a", f"8{self.rng.randint(10, 99)}.{self._number}"], ["2", "23"]]] for _ in self._some(2)
        ]
        return fields

    def _linked(self, field: list[Any]) -> list[Any]:
        """Let some fields have a partner in their own script."""
        if self.rng.random() < 0.4:
            self._links += 1
            field[2].insert(0, ["6", f"880-{self._links:02}"])
        return field

    def _pair(self, field: list[Any]) -> list[Any]:
        text = self.rng.choice(_OWN_SCRIPT) if self._own_script else "Ueber"
        return ["880", field[1], [["6", f"{field[0]}-{field[2][0][1][4:]}/(N"], ["a", text]]]

    def _names_and_title(self) -> Fields:
        fields: Fields = []
        if self.rng.random() < 0.8:
            fields.append(
                self._linked(
                    ["100", "1 ", [["a", self.rng.choice(_NAMES) + ","], ["d", "1800-1880"], ["0", "(DE-588)1"]]]
                )
            )
        fields += [self._data("240", "al", "10") for _ in self._some(1)]
        title = [
            ["a", f"{self._text()}{' :' if self._stop else ''}"],
            ["b", f"{self._text()}{self._stop}"],
            ["c", self._text()],
        ]
        if self.rng.random() < 0.3:
            title = [["a", f"{self._text()}{self._stop}"], ["c", self._text()]]
        fields.append(self._linked(["245", "10", title]))
        fields += [self._data("246", "a", "30") for _ in self._some(2)]
        fields += [["250", "  ", [["a", "2nd ed."], ["b", self._text()]]] for _ in self._some(1)]
        imprint = [
            ["a", f"Wien{' :' if self._stop else ''}"],
            ["b", f"{self._text()}{',' if self._stop else ''}"],
            ["c", "c1999."],
        ]
        fields.append([self.rng.choice(["260", "264"]), " 1", imprint])
        fields += [["264", " 4", [["c", "\u00a91998"]]] for _ in self._some(1)]
        return fields

    def _description(self) -> Fields:
        fields: Fields = [
            ["300", "  ", [["a", f"{self.rng.randint(9, 900)} p."], ["b", "ill."], ["c", "20 cm"]]]
            for _ in self._some(2)
        ]
        fields += [self._data(tag, "ab2") for tag in ("336", "337", "338")]
        fields += [["380", "  ", [["a", "Novels"], ["2", "lcgft"]]] for _ in self._some(1)]
        for _ in self._some(2):
            series = self._text()
            fields.append(["490", "1 ", [["a", series], ["v", str(self.rng.randint(1, 9))]]])
        notes = [self._data("500", "a", "  ") for _ in self._some(3)]
        fields += [*notes, *notes[:1]]
        fields += [self._data("504", "ab"), self._data("505", "gtr", "0 ")]
        fields += [self._data("520", "ab") for _ in self._some(2)]
        fields += [self._data("546", "a") for _ in self._some(1)]
        return fields

    def _subjects(self) -> Fields:
        fields = [
            self._linked(
                [
                    self.rng.choice(["600", "610", "650", "651"]),
                    " 7",
                    [["a", self._text(2)], ["x", self._text(1)], ["2", "gnd"], ["0", "(DE-588)4"]],
                ]
            )
            for _ in self._some(5)
        ]
        fields += [["653", "  ", [["a", self._text(1)], ["a", self._text(1)]]] for _ in self._some(2)]
        return fields + [["655", " 7", [["a", self._text(2)], ["2", "lcgft"]]] for _ in self._some(1)]

    def _added(self) -> Fields:
        fields = [
            self._linked(["700", "1 ", [["a", self.rng.choice(_NAMES) + ","], ["e", "translator."], ["4", "trl"]]])
            for _ in self._some(3)
        ]
        fields += [["700", "12", [["a", self.rng.choice(_NAMES)], ["t", self._text()]]] for _ in self._some(1)]
        fields += [["710", "2 ", [["a", self._text()]]] for _ in self._some(1)]
        fields += [["740", "02", [["a", self._text()]]] for _ in self._some(1)]
        for tag in self.rng.sample(["765", "773", "776", "780", "785", "787"], self.rng.randint(0, 4)):
            fields.append(
                [tag, "0 ", [["t", self._text()], ["w", f"(DE-1)n{self.rng.randint(1, 500)}"], ["g", "1 (2001)"]]]
            )
        fields += [["830", " 0", [["a", self._text()], ["v", "7"], ["w", "(DE-1)s1"]]] for _ in self._some(2)]
        fields += [
            ["856", "41", [["u", f"https://example.org/{self._number}"], ["z", self._text()], ["3", "Scan"]]]
            for _ in self._some(2)
        ]
        return fields + [["856", "4 ", [["u", "urn:nbn:1"], ["x", "not shown"]]] for _ in self._some(1)]


def in_iso_2709(leader: str, fields: Fields, *, in_marc_8: bool = False) -> bytes:
    """Return the record as a file has it."""
    write = _in_marc_8 if in_marc_8 else str.encode
    directory, data = b"", b""
    for tag, first, *rest in fields:
        raw = (
            write(first)
            + b"".join(b"\x1f" + code.encode() + write(text) for code, text in (rest[0] if rest else ()))
            + b"\x1e"
        )
        directory += b"%s%04d%05d" % (tag.encode(), len(raw), len(data))
        data += raw
    base = 24 + len(directory) + 1
    head = f"{base + len(data) + 1:05}{leader[5:9]}{' ' if in_marc_8 else 'a'}22{base:05}{leader[17:]}".encode()
    return head + directory + b"\x1e" + data + b"\x1d"


def _in_marc_8(text: str) -> bytes:
    """Return text in MARC-8, whose marks stand before their letters."""
    raw = b""
    for letter in unicodedata.normalize("NFC", text):
        base, *marks = list(unicodedata.normalize("NFD", letter))
        raw += b"".join(_MARKS[mark] for mark in marks) + (b"\xc3" if base == "\u00a9" else base.encode("ascii"))
    return raw


def fits_marc_8(fields: Fields) -> bool:
    """Whether all of it can be written in MARC-8 without changing the alphabet."""
    try:
        in_iso_2709("0" * 24, fields, in_marc_8=True)
    except (KeyError, UnicodeEncodeError):
        return False
    return True
