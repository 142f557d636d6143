import os
from pathlib import Path

from shared.record_files.spool import PIECE, FileSpool


async def test_what_was_written_is_read_again_from_the_beginning_piece_by_piece(tmp_path: Path) -> None:
    content = os.urandom(3 * PIECE + 5)
    async with FileSpool(tmp_path) as spool:
        for start in range(0, len(content), 100_000):
            await spool.write(content[start : start + 100_000])

        once = [piece async for piece in spool.read()]
        again = [piece async for piece in spool.read()]

    assert content == b"".join(once) == b"".join(again)
    assert max(map(len, once)) <= PIECE


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    async with FileSpool(tmp_path) as spool:
        await spool.write(b"x" * 2 * PIECE)

    assert [] == list(tmp_path.iterdir())


async def test_an_empty_file_has_no_pieces(tmp_path: Path) -> None:
    async with FileSpool(tmp_path) as spool:
        assert [] == [piece async for piece in spool.read()]
