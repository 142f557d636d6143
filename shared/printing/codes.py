"""Codes for scanners, as rows of dark and light modules."""

from shared.kernel.sheets import CharacterNotInCode, Symbology


def modules_of(text: str, symbology: Symbology) -> list[str]:
    """Return the rows of a code, each of `1` for dark and `0` for light, without the quiet zone around it.

    Linear codes have one row. Code 39 knows capitals alone, so small letters become capitals.
    Raises CharacterNotInCode.
    """
    if symbology is Symbology.QR:
        import segno  # noqa: PLC0415 - for whoever prints

        return ["".join("1" if dark else "0" for dark in row) for row in segno.make_qr(text, error="m").matrix]
    from barcode.codex import Code39, Code128  # noqa: PLC0415 - as above
    from barcode.errors import BarcodeError  # noqa: PLC0415 - as above

    try:
        if symbology is Symbology.CODE39:
            (row,) = Code39(text.upper(), add_checksum=False).build()
        else:
            (row,) = Code128(text).build()
    except (BarcodeError, KeyError, ValueError) as error:
        raise CharacterNotInCode(text, symbology) from error
    return [row]
