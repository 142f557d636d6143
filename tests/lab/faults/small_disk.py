"""A PostgreSQL whose disk can be full, and be made larger: a file system in memory that only it has."""

import contextlib
import shutil
import subprocess

from tests.servers import PostgresServer

_PIECE = bytes(4096)


class PostgresOnSmallDisk(PostgresServer):
    """Needs the rights to mount. The disk goes with its folder."""

    def __init__(self, mebibytes: int) -> None:
        super().__init__()
        self._volume = self.folder / "volume"
        self._volume.mkdir()
        self._mount("-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs")
        if self._user is not None:
            shutil.chown(self._volume, self._user)
        self.data = self._volume / "data"

    def fill(self) -> None:
        """Take all the room that is left."""
        with contextlib.suppress(OSError), (self._volume / "of-somebody-else").open("wb", buffering=0) as file:
            while file.write(_PIECE):
                pass

    def enlarge(self, mebibytes: int) -> None:
        """Make the disk larger while it is used, as a claim is."""
        self._mount("-o", f"remount,size={mebibytes}m")

    def _mount(self, *how: str) -> None:
        subprocess.run(["mount", *how, self._volume], check=True)
