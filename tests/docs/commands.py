"""The commands that the documents show: those that a test runs as they stand, and the others, each with the reason."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_WHERE = ("*.md", "docs/*.md", "docs/*.py", "deploy/*.md", "deploy/*/*.md", "deploy/*/*/*.md")
_OF_PAST_AND_RECORD = ("CHANGELOG.md", "docs/asvs.md", "docs/glossary.md")  # nobody is told to type it
DOCUMENTS = sorted(
    name
    for name in (str(path.relative_to(ROOT)) for pattern in _WHERE for path in ROOT.glob(pattern))
    if name not in _OF_PAST_AND_RECORD
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
    "docs/machines.md: make run SIP2=1": "tests/end_to_end/sip2",
    "deploy/README.md: openssl req -x509": "test_commands.py",
    "deploy/README.md: umask": "test_commands.py",
    "deploy/README.md: compose() {": "tests/deploy/test_typed_commands.py",
    "deploy/README.md: echo": "tests/deploy/test_typed_commands.py",
    "deploy/helm/library/README.md: kubectl exec library-books-db-0": "tests/deploy/test_typed_commands.py",
    "docs/runbooks.md: sed": "tests/deploy/test_typed_commands.py",
    "docs/moving-in.md: D=": "test_moving_in.py",
    "docs/moving-in.md: .venv/bin/python -m deploy.rehearsal": "test_moving_in.py",
    "docs/moving-in.md: K=": "test_moving_in.py",
    "docs/moving-in.md: F=": "test_moving_in.py",
    "docs/moving-in.md: .venv/bin/python docs/rules_from.py koha": "test_rules_from.py",
    "docs/moving-in.md: .venv/bin/python docs/rules_from.py folio": "test_rules_from.py",
    "docs/moving-in.md: curl -s 127.0.0.1:8003/v1/consistency": "test_moving_in.py",
    "docs/moving-in.md: .venv/bin/library-books export --all": "test_moving_in.py",
}
"""By document and how the command begins: where it is run."""

_CLUSTER = "needs a cluster; tests/deploy renders and validates what is installed"
_CONTAINERS = "needs images, which are built from registries; tests/deploy runs the compose file's parts"
_OTHER_PLACE = "names a place that only its reader has"
_ITSELF = "this is what runs the tests"
_INSTALLED = "needs an installation; each service's test_command_line.py runs its commands"
LEFT_OUT = {
    "kubectl": _CLUSTER,
    "helm": _CLUSTER,
    "docker": _CONTAINERS,
    "make up": _CONTAINERS,
    "make check": _ITSELF,
    "make test": _ITSELF,
    "make inner": _ITSELF,
    "make merge": _ITSELF,
    "make faults": "tests/lab/faults/test_nemesis.py runs the same, for 25 seconds",
    "make session": "it measures; what it measures is tried by tests/end_to_end/test_desk_sessions.py",
    "make readers": "tests/end_to_end/test_desk_readers.py plays the same, with ten readers",
    "make offline": "tests/end_to_end/test_offline_desks.py plays the same, with twelve acts",
    "make upgrade": "takes an earlier release from git; tests/end_to_end/test_earlier_data.py takes up its data",
    "make bench": "takes half an hour of a quiet machine",
    "make mutants": "runs each test of the domain for each of thousands of changes",
    "make lock": "asks package registries for newer versions",
    "make format": "changes the files that are tested",
    "python -m tests.contracts.documents": "changes what is tested; tests/contracts/test_wire.py compares",
    "python -m tests.contracts.sentences": "prints what tests/contracts/test_sentences.py finds missing",
    "python3 -m": _INSTALLED,
    "python -m members_service": _INSTALLED,
    "python -m loans_service consistency": _INSTALLED,
    "ADMIN=$(kubectl": _CLUSTER,
    "python -m tests.docs.decisions": "changes what is tested; test_decisions.py compares",
    "python -m tests.docs.pictures": "puts into place what the tests of the desk page have photographed",
    "python -m <service>": _INSTALLED,
    "deploy/README.md: python3 -m venv": "asks a package registry; tests/test_commands.py runs what is installed",
    "python -m loans_service sip2": "runs until it is stopped; tests/end_to_end/sip2 start it",
    "README.md: make run SIP2=1": "the same as in docs/machines.md",
    "docs/machines.md: python3 -c": "asks for a secret; tests/loans/sip2 sign in with such a hash",
    "python -m tests.settings_document": "changes what is tested; tests/test_settings_document.py compares",
    "CONTRIBUTING.md: make run": "the same as in README.md",
    "docs/settings.md: make run": "the same as in README.md",
    "docs/moving-in.md: make run": "the same as in README.md",
    "docs/cataloguing.md: curl -s -D head.txt": "of a book of one's own; so asks tests/books/api/exchange/test_marc.py",
    "docs/cataloguing.md: curl -s -X PUT 127.0.0.1:8001/v1/external-targets": (
        "asks a catalogue elsewhere; tests/books/api/exchange/test_external_targets.py asks one of its own"
    ),
    "SECURITY.md: make run": "the same as in README.md",
    "SECURITY.md: signed_by=": "needs a released image and its registry",
    "deploy/README.md: make run": "the same as in README.md",
    "docs/upgrading.md: make run": "tests/end_to_end/test_embedded_start.py",
    "deploy/README.md: curl": _OTHER_PLACE,
    "deploy/README.md: export TLS_CA_FILE": _OTHER_PLACE,
    "deploy/helm/library/README.md: openssl genpkey": _CLUSTER,
    "docs/many-libraries.md: export PSQL": "needs a cluster; tests/deploy/test_many_libraries.py runs the script",
    "docs/many-libraries.md: for": _CLUSTER,
    "deploy/helm/library/README.md: tag=": "builds an image for a cluster; tests/deploy/test_version.py numbers builds",
}
"""By how the command begins, in one document or in any: why no test runs it as it stands."""


class Command(NamedTuple):
    """A command, or several in one block, as a document shows it."""

    document: str
    text: str

    def begins_as(self, key: str) -> bool:
        """Tell whether it is one of those that `key` names: `DOCUMENT: BEGINNING`, or a beginning in any document."""
        return f"{self.document}: {self.text}".startswith(key) or self.text.startswith(key)


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
