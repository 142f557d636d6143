"""`python -m deploy.rehearsal FOLDER`: writes a made-up library as files, as another system would hand it over."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.rehearsal.circulation import RehearsedCirculation, TooLittleStock
from deploy.rehearsal.households import Households
from deploy.rehearsal.sizes import RehearsedLibrary
from deploy.rehearsal.stock import RehearsedStock
from shared.kernel.clock import SystemClock

_MISCONFIGURED = 2


def main(
    folder: Annotated[Path, typer.Argument(help="Where to write the files; it is made if it is not there.")],
    *,
    books: Annotated[int, typer.Option(min=1)] = 50_000,
    copies: Annotated[int, typer.Option(min=1)] = 150_000,
    members: Annotated[int, typer.Option(min=1)] = 20_000,
    loans: Annotated[int, typer.Option(min=0)] = 8_000,
    holds: Annotated[int, typer.Option(min=0)] = 1_500,
    fines: Annotated[int, typer.Option(min=0)] = 2_000,
    branches: Annotated[int, typer.Option(min=1, max=99)] = 12,
    pins: Annotated[float, typer.Option(min=0, max=1, help="The share of members with a PIN; each costs a hash.")] = 0,
    seed: Annotated[str, typer.Option(help="Another word makes another library.")] = "library",
    on: Annotated[str | None, typer.Option(help="The last day before the move, such as 2026-03-01.")] = None,
) -> None:
    """Write branches, books with their copies, members, loans, holds and fines, each as JSON Lines, for a rehearsal."""
    try:
        day = SystemClock().now().date() if on is None else date.fromisoformat(on)
    except ValueError:
        print("--on is a day, such as 2026-03-01.", file=sys.stderr)
        sys.exit(_MISCONFIGURED)
    library = RehearsedLibrary(day, books, copies, members, loans, holds, fines, branches, pins, seed)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, records in files_of(library).items():
            count = write(folder / f"{name}.jsonl", records)
            print(f"{folder / name}.jsonl: {count}")
    except TooLittleStock as error:
        print(error, file=sys.stderr)
        sys.exit(_MISCONFIGURED)


def files_of(library: RehearsedLibrary) -> dict[str, Iterator[dict[str, Any]]]:
    """Return what the files hold by their names, in the order in which they are to be imported."""
    stock = RehearsedStock(library)
    households = Households(library, stock)
    circulation = RehearsedCirculation(library, stock, households)
    return {
        "branches": stock.branches(),
        "books": stock.books(),
        "members": households.members(),
        "loans": circulation.loans(),
        "holds": circulation.holds(),
        "fines": circulation.fines(),
    }


def write(file: Path, records: Iterator[dict[str, Any]]) -> int:
    """Write records as JSON Lines, one after the other; return how many."""
    with file.open("w", encoding="utf-8") as target:
        return sum(1 for record in records if target.write(json.dumps(record, ensure_ascii=False) + "\n"))


if __name__ == "__main__":
    typer.run(main)
