"""Images and containers by Podman, on a base that is made from Debian's packages where no image can be pulled.

The base and the wheels are kept for days, and the layers that a build leaves for a day after their last use: what has
not changed since then is not made again.
"""

import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.clients.toolbox import CACHE, DAYS_KEPT, digest_of
from tests.deploy.operators import ROOT, run

IMAGE = "localhost/library-services:test"
_PACKAGES = "python3,python3-pip,binutils,ca-certificates"
_OF_A_BASE, _OF_A_BUILD = "org.library-services.test=base", "org.library-services.test=layer"
_WHEELS = CACHE.with_name("wheels")
_QUIET = {"PODMAN_IGNORE_CGROUPSV1_WARNING": "1"}


def podman(*arguments: str | Path, check: bool = True) -> str:
    """Run podman; return what it printed."""
    return run("podman", "--runtime", "runc", *arguments, check=check, **_QUIET).strip()


def limits() -> list[str]:
    """Return the limits that this machine allows; Podman asks for more than a container inside one may have."""
    files, tasks = (resource.getrlimit(what) for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
    return ["--ulimit", f"nofile={files[0]}:{files[1]}", "--ulimit", f"nproc={tasks[0]}:{tasks[1]}"]


def build_image() -> None:
    """Build the image of the services without a network, from a base and a folder of wheels that are kept."""
    _forget(_OF_A_BUILD, days=1)
    _forget(_OF_A_BASE, days=DAYS_KEPT)
    base = _base()
    podman(
        "build", "-q", "--format", "docker", "--network", "none", *limits(), "--layer-label", _OF_A_BUILD,
        "-f", ROOT / "deploy/docker/Dockerfile", "-t", IMAGE,
        "--build-arg", f"PYTHON_IMAGE={base}", "--build-arg", "PIP_NO_INDEX=1",
        "--build-context", f"wheels={_wheels(base)}", ROOT,
    )  # fmt: skip


def _forget(label: str, *, days: int) -> None:
    podman("image", "prune", "-a", "-f", "--filter", f"label={label}", "--filter", f"until={24 * days}h")


def _base() -> str:
    """Return the name of a small Debian with Python, pip and strip, made from where this machine has its packages."""
    targets = run("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)").splitlines()
    site, release, _ = next(line.split() for line in targets if line.startswith("http") and line.endswith(" main"))
    name = f"localhost/library-base:{digest_of(site, release, _PACKAGES)}"
    if podman("images", "-q", name):
        return name
    with tempfile.TemporaryDirectory() as folder:
        run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", release, f"{folder}/base.tar", site)
        (Path(folder) / "Containerfile").write_text(f"FROM scratch\nADD base.tar /\nLABEL {_OF_A_BASE}\n")
        podman("build", "-q", "-t", name, folder)
    return name


def _wheels(base: str) -> Path:
    """Return the folder of the wheels that our lock names for the Python of the base."""
    version = podman("run", "--rm", "--network", "none", *limits(), base, "python3", "-V").split()[1]
    _WHEELS.mkdir(parents=True, exist_ok=True)
    for old in _WHEELS.iterdir():
        if old.stat().st_mtime < time.time() - DAYS_KEPT * 86_400:
            shutil.rmtree(old)
    folder = _WHEELS / digest_of(version, (ROOT / "requirements.txt").read_bytes())
    if not folder.exists():
        half = Path(tempfile.mkdtemp(dir=_WHEELS))
        _fetch_wheels(half, version)
        half.rename(folder)
    return folder


def _fetch_wheels(folder: Path, version: str) -> None:
    platforms = [
        part for glibc in ("2014", "_2_17", "_2_28", "_2_34") for part in ("--platform", f"manylinux{glibc}_x86_64")
    ]
    wanted: list[str | Path] = [
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        ROOT / "requirements.txt",
    ]
    python = ["--implementation", "cp", "--python-version", ".".join(version.split(".")[:2])]
    run(sys.executable, "-m", "pip", "download", "-q", "-d", folder, *wanted, *platforms, *python)


class Container:
    """One service from the image, as its chart runs it: a number for a user, nothing to write to but /tmp."""

    def __init__(self, *command: str, environment: dict[str, str], mounts: dict[Path, str] | None = None) -> None:
        self.name = f"library-{command[0].replace('_', '-')}-{time.monotonic_ns()}"
        settings = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        volumes = [part for place, inside in (mounts or {}).items() for part in ("--volume", f"{place}:{inside}:ro")]
        podman(
            "run", "-d", "--name", self.name, "--network", "host", "--read-only", "--tmpfs", "/tmp",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", *limits(), *settings, *volumes, IMAGE, *command,
        )  # fmt: skip

    def logs(self) -> str:
        return podman("logs", self.name)

    def id_of_user(self) -> str:
        """Return the number under which the process runs."""
        return podman("exec", self.name, "python3", "-c", "import os; print(os.getuid())")

    def stop(self, seconds: int) -> int:
        """Let it end, by force after `seconds`; return its exit code."""
        podman("stop", "-t", str(seconds), self.name)
        return int(podman("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def remove(self) -> None:
        podman("rm", "-f", "-t", "0", self.name, check=False)
