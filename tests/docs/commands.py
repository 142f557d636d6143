"""The commands that the documents show: those that a test runs as they stand, and the others, each with the reason."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/add-a-feature.md",
    "docs/architecture.md",
    "docs/example.py",
    "deploy/README.md",
    "deploy/helm/library/README.md",
)
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:make|python3?|docker|helm|kubectl|curl|\.venv/bin/\S+) [^`]+)`")
_IN_CODE = re.compile(r"^((?:make|\.venv/bin/\S+) .*?)(?: {2,}#.*)?$", re.MULTILINE)

RUN = {
    "README.md: make run": "test_commands.py, in a network of its own",
    "README.md: token() {": "test_commands.py, against that library",
    "docs/example.py: make run": "test_commands.py",
    "docs/example.py: .venv/bin/python docs/example.py": "test_commands.py",
    "README.md: make run DEMO=0": "tests/end_to_end/test_embedded_gear.py",
    "deploy/README.md: openssl req -x509": "test_commands.py",
}
"""By document and how the command begins: where it is run."""

_CLUSTER = "needs a cluster; tests/deploy renders and validates what is installed"
_CONTAINERS = "needs images, which are built from registries; tests/deploy runs the compose file's parts"
_OTHER_PLACE = "names a place that only its reader has"
_ITSELF = "this is what runs the tests"
_WRITES = "changes the files that are tested; tests/contracts/test_wire.py makes the same and compares"
_LONG = "takes half an hour of a quiet machine"
_NETWORK = "asks package registries for newer versions"
LEFT_OUT = {
    "README.md: export BOOKS_DATABASE_URL": "elided address; tests/end_to_end starts the same processes",
    "README.md: make up": _CONTAINERS,
    "README.md: helm install": _CLUSTER,
    "README.md: make bench": _LONG,
    "README.md: python -m books_service import FILE": "elided mapping; tests/books/test_command_line.py imports files",
    "CONTRIBUTING.md: make run": _ITSELF,
    "CONTRIBUTING.md: make check": _ITSELF,
    "CONTRIBUTING.md: make test": _ITSELF,
    "CONTRIBUTING.md: make lock": _NETWORK,
    "CONTRIBUTING.md: python -m tests.contracts.documents": _WRITES,
    "SECURITY.md: make run": "the same as in README.md",
    "SECURITY.md: python -m members_service erased": "needs an installation; tests/members/test_command_line.py has it",
    "SECURITY.md: signed_by=": "needs a released image and its registry",
    "docs/add-a-feature.md: python -m tests.contracts.documents": _WRITES,
    "docs/architecture.md: make check": _ITSELF,
    "deploy/README.md: make run": "the same as in README.md",
    "deploy/README.md: make up": _CONTAINERS,
    "deploy/README.md: make bench": _LONG,
    "deploy/README.md: docker": _CONTAINERS,
    "deploy/README.md: helm": _CLUSTER,
    "deploy/README.md: kubectl": _CLUSTER,
    "deploy/README.md: curl": _OTHER_PLACE,
    "deploy/README.md: python -m": "needs an installation; each service's test_command_line.py runs its commands",
    "deploy/README.md: export TLS_CA_FILE": _OTHER_PLACE,
    "deploy/helm/library/README.md: docker": _CONTAINERS,
    "deploy/helm/library/README.md: helm": _CLUSTER,
    "deploy/helm/library/README.md: kubectl": _CLUSTER,
    "deploy/helm/library/README.md: openssl genpkey": _CLUSTER,
    "deploy/helm/library/README.md: python3 -m": "needs an installation; tests/loans/test_command_line.py runs it",
}
"""By document and how the command begins: why no test runs it as it stands."""


class Command(NamedTuple):
    """A command, or several in one block, as a document shows it."""

    document: str
    text: str

    def begins_as(self, key: str) -> bool:
        return f"{self.document}: {self.text}".startswith(key)


def commands() -> Iterator[Command]:
    """Yield everything that a reader may copy into a shell."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for indent, block in _BLOCK.findall(text):
            yield Command(document, re.sub(f"^{indent}", "", block, flags=re.MULTILINE))
        pattern = _IN_CODE if document.endswith(".py") else _INLINE
        yield from (Command(document, found) for found in pattern.findall(_BLOCK.sub("", text)))


def block(key: str) -> str:
    """Return the text of the one command that begins as `key` says."""
    (found,) = {command.text for command in commands() if command.begins_as(key)}
    return found
