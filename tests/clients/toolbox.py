"""What makes clients and what reads documents: programs of others, installed once for each lock that names them.

They lie in the user's cache, outside of every checkout, and what was made from a document stays there until the
document, or what makes it, is another one: making all clients takes minutes of a processor.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
LOCKS = (HERE / "requirements.txt", HERE / "package.json", HERE / "package-lock.json")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "library-services" / "clients"
SILENT = {"DO_NOT_TRACK": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
DAYS_KEPT = 14


@dataclass(frozen=True)
class Toolbox:
    """The installed programs, in one folder."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "python" / "bin" / "python"

    @property
    def modules(self) -> Path:
        return self.folder / "node_modules"

    @property
    def jar(self) -> Path:
        (found,) = self.folder.glob("python/lib/python*/site-packages/openapi_generator_cli/*.jar")
        return found

    def node(self, program: str, *arguments: str | Path, folder: Path | None = None) -> str:
        """Run a program of npm's, or a script beside the modules, and return all that it output."""
        return run(["node", str(self.modules / program), *arguments], folder=folder)


def run(command: Sequence[str | Path], *, folder: Path | None = None, settings: Mapping[str, str] | None = None) -> str:
    """Return all that a program output. Fails with it when the program did."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **SILENT, **(settings or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, f"{command[:4]} ended with {done.returncode}:\n{done.stdout[-6_000:]}"
    return done.stdout


@cache
def toolbox() -> Toolbox:
    """Return the programs; installs them when this machine does not have them yet."""
    digest = digest_of(sys.version, *(lock.read_bytes() for lock in LOCKS))
    tools = Toolbox(CACHE / f"tools-{digest}")
    with _alone():
        _forget_what_is_old()
        if not (tools.folder / "ready").exists():
            _install(tools)
        (tools.folder / "ready").touch()
    return tools


def _install(tools: Toolbox) -> None:
    shutil.rmtree(tools.folder, ignore_errors=True)
    tools.folder.mkdir(parents=True)
    run([sys.executable, "-m", "venv", "--without-pip", tools.folder / "python"])
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", tools.python, "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-compile", "--require-hashes", "-r", LOCKS[0]])
    for lock in LOCKS[1:]:
        shutil.copy(lock, tools.folder)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder=tools.folder)


def made(what: str, make: Callable[[Path], str], *sources: str | bytes) -> tuple[Path, str]:
    """Return the folder that `make` filled from these sources, and what it output meanwhile; once for each of them."""
    folder = CACHE / f"made-{what}-{digest_of(toolbox().folder.name, *sources)}"
    with _alone():
        if not (folder / "output").exists():
            half = folder.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            (half / "out").mkdir(parents=True)
            (half / "output").write_text(make(half / "out"), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run left
            half.rename(folder)
        (folder / "output").touch()
    return folder / "out", (folder / "output").read_text(encoding="utf-8")


def digest_of(*parts: str | bytes) -> str:
    """Return a short name for all of them together."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.encode() if isinstance(part, str) else part).digest())
    return digest.hexdigest()[:20]


@contextmanager
def _alone() -> Iterator[None]:
    """Keep the other runs of the tests out of the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_what_is_old() -> None:
    for folder in CACHE.iterdir():
        used = [mark for mark in (folder / "ready", folder / "output") if mark.exists()]
        if used and used[0].stat().st_mtime < time.time() - DAYS_KEPT * 86_400:
            shutil.rmtree(folder)
