"""Clients that others' programs make from the three documents: nothing is warned of, all compile, and they work."""

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.clients import makers
from tests.clients.makers import SERVICES, Made
from tests.clients.toolbox import HERE, made, run, toolbox
from tests.end_to_end.gears import EmbeddedLibrary

CONVERSATIONS = HERE / "conversations"
TRANSCRIPT = """
book True 0
copy available
members 2
loan open True true
refused 409 copy-on-loan ['copy-on-loan']
hold waiting 1
returned hold_shelf True
pages 4
imported done 1
exported csv True
exported json True
"""

Make = Callable[[str], Made]


MAKERS: dict[str, Make] = {
    "openapi-python-client": makers.with_openapi_python_client,
    "openapi-generator python": partial(makers.with_openapi_generator, language="python"),
    "openapi-generator typescript-fetch": partial(makers.with_openapi_generator, language="typescript-fetch"),
    "hey-api": makers.with_hey_api,
    "openapi-typescript": makers.with_openapi_typescript,
}


_OF_OPEN_VALUES = "Codegen property is null (e.g. map/dict of undefined type)"
"""Said of `attributes`, whose values a schema of the library's own describes, and nobody else."""
_OF_FROM = "From (reserved word)"
"""Said of the query parameter `from`, for which the maker has no class of that name: it calls its own otherwise."""


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("maker", MAKERS)
def test_no_maker_of_clients_warns_of_anything(maker: str, service: str) -> None:
    client = MAKERS[maker](service)

    assert [] == [each for each in client.warnings if _OF_OPEN_VALUES not in each and _OF_FROM not in each]
    assert [*client.folder.rglob("*.ts"), *client.folder.rglob("*.py")]


# --- Python ----------------------------------------------------------------------------------------------------------

_IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    found = [each.name for each in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}.")]
    print(name, len([importlib.import_module(each) for each in found]) > 20)
"""


def packages_of(maker: str) -> str:
    """Return the path on which Python finds the three clients of one maker."""
    found = [
        next(MAKERS[maker](service).folder.rglob(f"{service}_client/__init__.py")).parent.parent for service in SERVICES
    ]
    return ":".join(str(folder) for folder in found)


@pytest.mark.parametrize("maker", ["openapi-python-client", "openapi-generator python"])
def test_every_module_of_a_client_in_python_can_be_imported(maker: str) -> None:
    names = [f"{service}_client" for service in SERVICES]
    settings = {"PYTHONPATH": packages_of(maker), "PYTHONPYCACHEPREFIX": str(toolbox().folder / "compiled")}

    output = run([toolbox().python, "-W", "error::SyntaxWarning", "-c", _IMPORT_ALL, *names], settings=settings)

    assert [f"{name} True" for name in names] == output.splitlines()


@pytest.mark.parametrize(
    ("maker", "conversation"),
    [
        ("openapi-python-client", "with_openapi_python_client.py"),
        ("openapi-generator python", "with_openapi_generator.py"),
    ],
)
async def test_a_client_in_python_does_the_main_job(maker: str, conversation: str, embedded: EmbeddedLibrary) -> None:
    command: list[str | Path] = [
        toolbox().python,
        CONVERSATIONS / conversation,
        *embedded.services.values(),
        uuid4().hex[:12],
    ]
    settings = {"PYTHONPATH": packages_of(maker), "PYTHONPYCACHEPREFIX": str(toolbox().folder / "compiled")}

    output = await asyncio.to_thread(run, command, settings=settings)

    assert TRANSCRIPT.split() == output.split()


# --- TypeScript ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The clients in TypeScript with their conversations, all in one program: its compiler checks every type."""
    named = {"hey_api": "hey-api", "fetch": "openapi-generator typescript-fetch", "types": "openapi-typescript"}
    clients = {kind: [MAKERS[maker](service).folder for service in SERVICES] for kind, maker in named.items()}
    sources = [*CONVERSATIONS.glob("*.ts"), HERE / "tsconfig.json"]

    def build(out: Path) -> str:
        for kind, folders in clients.items():
            for folder in folders:
                shutil.copytree(folder, out / kind, dirs_exist_ok=True)
        shutil.copy(CONVERSATIONS / "with_hey_api.ts", out / "hey_api")
        shutil.copy(CONVERSATIONS / "with_openapi_fetch.ts", out / "types")
        shutil.copy(HERE / "tsconfig.json", out)
        shutil.copy(HERE / "package.json", out)
        (out / "node_modules").symlink_to(toolbox().modules)
        return toolbox().node("typescript/bin/tsc", "--project", out)

    names = [str(folder) for folders in clients.values() for folder in folders]  # they tell what they were made from
    folder, output = made("typescript", build, *names, *(source.read_bytes() for source in sources))
    assert "" == output
    return folder / "built"


def test_the_clients_in_typescript_compile(compiled: Path) -> None:
    for kind in ("hey_api", "fetch"):
        assert {*SERVICES} <= {path.name for path in (compiled / kind).iterdir()}


async def test_a_client_in_typescript_does_the_main_job(compiled: Path, embedded: EmbeddedLibrary) -> None:
    program = compiled / "hey_api" / "with_hey_api.js"

    output = await asyncio.to_thread(run, ["node", program, *embedded.services.values(), uuid4().hex[:12]])

    assert TRANSCRIPT.replace("['copy-on-loan']", "copy-on-loan").replace("True", "true").split() == output.split()


async def test_the_types_alone_are_enough_to_ask_and_to_be_refused(compiled: Path, embedded: EmbeddedLibrary) -> None:
    program = compiled / "types" / "with_openapi_fetch.js"

    output = await asyncio.to_thread(run, ["node", program, *embedded.services.values()])

    assert ["found 1 true", "refused true 404 copy-not-found member-not-found"] == output.splitlines()
