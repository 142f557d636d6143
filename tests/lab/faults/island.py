"""A network of its own, on a line that loses every packet when it is told to: nobody hears of a broken connection."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.end_to_end.processes import ROOT
from tests.servers import PostgresServer

_numbers = itertools.count()


class Island:
    """Where processes live that reach this machine at `mainland`, and are reached at `address`."""

    def __init__(self) -> None:
        number = next(_numbers)
        self._name = f"island-{os.getpid()}-{number}"
        self._here, self._there = f"is{os.getpid()}-{number}h"[-15:], f"is{os.getpid()}-{number}t"[-15:]
        network = f"10.{os.getpid() % 199 + 20}.{os.getpid() // 199 % 256}"
        self.mainland, self.address, self.network = (f"{network}.{4 * number + end}" for end in (1, 2, 0))

    def __enter__(self) -> Self:
        _do("ip", "netns", "add", self._name)
        try:
            _do("ip", "link", "add", self._here, "type", "veth", "peer", "name", self._there, "netns", self._name)
            _do("ip", "address", "add", f"{self.mainland}/30", "dev", self._here)
            _do("ip", "link", "set", self._here, "up")
            for act in (
                ("address", "add", f"{self.address}/30", "dev", self._there),
                ("link", "set", self._there, "up"),
            ):
                _do("ip", "-n", self._name, *act)
            _do("ip", "-n", self._name, "link", "set", "lo", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _do("ip", "netns", "del", self._name)  # its end of the line goes with it, and so the other

    @contextmanager
    def losing_packets(self, port: int) -> Iterator[None]:
        """Lose all that goes to and from `port` of the mainland."""
        self._filter("-A", port)
        try:
            yield
        finally:
            self._filter("-D", port)

    def _filter(self, act: str, port: int) -> None:
        for chain, end in (("INPUT", "--sport"), ("OUTPUT", "--dport")):
            _do(*self._within("iptables", "-w", act, chain, "-p", "tcp", end, str(port), "-j", "DROP"))

    def begin(self, *words: str, environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
        """Begin `python -m` with `words` on the island; it writes into `log`."""
        whole = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **environment}
        with log.open("wb") as out:
            command = self._within(sys.executable, "-m", *words)
            return subprocess.Popen(command, env=whole, cwd=log.parent, stdout=out, stderr=out)

    def _within(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self._name, *command]


def _do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, f"{' '.join(command)}: {done.stderr} (making a network takes root)"


class MainlandPostgres(PostgresServer):
    """A PostgreSQL that an island reaches, too."""

    def __init__(self, island: Island) -> None:
        super().__init__()
        self._island = island

    def commands(self) -> list[list[str | Path]]:
        ((*server,),) = super().commands()
        (self.data / "pg_hba.conf").write_text("host all all all trust\n")
        return [[*server, f"--listen_addresses=127.0.0.1,{self._island.mainland}"]]

    def url_from_island(self, database: str) -> str:
        return self.url(database).replace("127.0.0.1", self._island.mainland)
