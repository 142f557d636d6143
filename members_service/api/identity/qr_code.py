"""QR codes as pictures inside a page: no address to load, no script, no style."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Return the QR code as SVG: dark on light with a border, as scanners want it, whatever the colours of the page."""
    picture = segno.make(text, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(picture)  # noqa: S704 - it is made of squares; no text is in it
