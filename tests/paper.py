"""Pages of labels as a person and a scanner read them."""

from dataclasses import dataclass

import pypdfium2
import zxingcpp

_DOTS = 300 / 72  # of a printer, for each point
_MILLIMETRE = 25.4 / 72


@dataclass(frozen=True)
class Printed:
    """What stands on the pages: their texts, what a scanner reads with the kind of each code, and sizes in mm."""

    texts: list[str]
    codes: list[tuple[str, str]]
    sizes: list[tuple[int, int]]


def read(pdf: bytes) -> Printed:
    """Print the pages with 300 dots an inch, and scan them."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [document[number] for number in range(len(document))]
        texts = [page.get_textpage().get_text_range() for page in pages]
        codes = [
            (code.format.name, code.text)
            for page in pages
            for code in in_order(zxingcpp.read_barcodes(page.render(scale=_DOTS).to_pil()))
        ]
        sizes = [
            (round(width * _MILLIMETRE), round(height * _MILLIMETRE)) for width, height in (p.get_size() for p in pages)
        ]
    return Printed([text.replace("\r\n", "\n") for text in texts], codes, sizes)


def in_order(codes: list[zxingcpp.Barcode]) -> list[zxingcpp.Barcode]:
    """Return codes row by row; those of one row begin at about the same height."""
    return sorted(codes, key=lambda code: (code.position.top_left.y // 100, code.position.top_left.x))
