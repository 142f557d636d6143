"""The pictures in the documents, as tests took them: `python -m tests.docs.pictures` puts the latest into place."""

import shutil

from tests.end_to_end.processes import ROOT

TAKEN, SHOWN = ROOT / "var" / "screenshots", ROOT / "docs" / "pictures"
OTHER_NAMES = {"desk": "desk-lend", "desk-matches": "desk-matches-1280"}
"""What tests call a picture that has another name in the documents."""


def main() -> None:
    """Put each picture into place that a test has taken since the last time, and name those that none has."""
    for picture in sorted(SHOWN.glob("desk*.png")):
        taken = TAKEN / f"{OTHER_NAMES.get(picture.stem, picture.stem)}.png"
        if taken.exists():
            shutil.copyfile(taken, picture)
        else:
            print(f"{picture.name}: no test has taken it here; run those of the page that it shows")


if __name__ == "__main__":
    main()
