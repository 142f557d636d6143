"""Gathers under a folder what the services need of the system around them: Python, and the libraries that are loaded.

Run in the builder stage: `python3 collect.py /image /app`. No shell, no package manager, no other program comes along.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

_UNUSED = (
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "dist-packages",
    "test",
    "tkinter",
    "turtledemo",
)
_FILES = (
    "/etc/ld.so.cache",
    "/etc/nsswitch.conf",
    "/etc/ssl/openssl.cnf",
)  # where libraries, hosts and ciphers are found
_LOADED_BY_NAME = ("libgcc_s.so.1",)  # loaded when a thread ends; no file is linked with it
_VOLUMES = ("signing-keys", "spool")  # a new volume at one of these takes its owner over
_PEOPLE = "root:x:0:0:root:/:\nlibrary:x:10001:10001:library:/tmp:\n"


def libraries(files: list[Path]) -> Iterator[Path]:
    """Yield every shared library that one of `files` is linked with, where the loader finds it."""
    for file in files:
        listing = subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
        for word in listing.split():
            if word.startswith("/") and not word.startswith("/app/"):
                yield Path(word)


def shared_objects(*folders: Path) -> list[Path]:
    """Return all shared objects under `folders`."""
    return [found for folder in folders for found in folder.rglob("*.so*") if found.is_file()]


def main(image: Path, app: Path) -> None:
    """Copy the interpreter, its library, what both are linked with, and `app` to their own places under `image`."""

    def copy(file: Path) -> None:
        target = image / file.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)

    program = Path(os.path.realpath(sys.executable))
    copy(program)
    for name in ("python", "python3"):
        program_link = image / "usr/bin" / name
        program_link.parent.mkdir(parents=True, exist_ok=True)
        program_link.symlink_to(program)
    stdlib = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(
        stdlib, image / stdlib.relative_to("/"), ignore=shutil.ignore_patterns(*_UNUSED, "config-*"), symlinks=True
    )
    linked = {*libraries([program, *shared_objects(stdlib, app)])}
    named = {found for library in linked for name in _LOADED_BY_NAME if (found := library.parent / name).exists()}
    for file in {*linked, *named, *(Path(name) for name in _FILES if Path(name).exists())}:
        copy(file)
    shutil.copytree(app, image / app.relative_to("/"), symlinks=True)
    (image / "etc/passwd").write_text(_PEOPLE)
    for folder in ("", *_VOLUMES):
        ours = image / "var/lib/library" / folder
        ours.mkdir(parents=True, mode=0o700)
        os.chown(ours, 10001, 10001)
    (image / "tmp").mkdir(mode=0o1777)
    (image / "tmp").chmod(0o1777)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
