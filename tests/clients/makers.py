"""The makers of clients: each takes the three documents and leaves a client of each service, or says why it cannot."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.clients.toolbox import HERE, made, run, toolbox
from tests.contracts.documents import FOLDER, kept

SERVICES = ("books", "members", "loans")
MAKE_HEY_API = HERE / "make_hey_api.mjs"
_JAVA: tuple[str, ...] = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar")
_THING = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
_PLAINEST = json.dumps(  # nothing could be wrong with it
    {
        "openapi": "3.1.0",
        "info": {"title": "Next to nothing", "version": "1"},
        "paths": {"/": {"get": {"operationId": "look", "responses": {"200": {"description": "Seen."}}}}},
        "components": {"schemas": {"Thing": _THING}},
    }
)
_CODE_ALONE = "modelDocs=false,apiDocs=false,modelTests=false,apiTests=false,models,apis,supportingFiles"


@dataclass(frozen=True)
class Made:
    """A client: where it is, and what its maker warned of."""

    folder: Path
    warnings: list[str]


def with_openapi_python_client(service: str) -> Made:
    """A package in Python, synchronous and asynchronous, on httpx."""

    def make(out: Path) -> str:
        program = toolbox().python.with_name("openapi-python-client")
        path = f"{toolbox().python.parent}:/usr/bin:/bin"  # it formats what it wrote with a program beside it
        command: list[str | Path] = [program, "generate", "--fail-on-warning", "--path", _document(service)]
        return run([*command, "--meta", "none", "--output-path", out / f"{service}_client"], settings={"PATH": path})

    folder, output = made("openapi-python-client", make, kept(service, "openapi"))
    return Made(folder, re.findall(r"(?i)^.*(?:warning|error|unable|skipping).*$", output, re.MULTILINE))


def with_openapi_generator(service: str, language: str, **options: str) -> Made:
    """A client by openapi-generator, in one of its many languages."""
    folder, output = _generated(service, language, kept(service, "openapi"), options)
    _, unfounded = _generated("plainest", language, _PLAINEST, options)  # it complains of any document
    return Made(folder, sorted(_warnings(output) - _warnings(unfounded)))


def _generated(service: str, language: str, document: str, options: dict[str, str]) -> tuple[Path, str]:
    properties = ",".join(f"{name}={value}" for name, value in sorted(options.items()))

    def make(out: Path) -> str:
        source = out.parent / "document.json"
        source.write_text(document, encoding="utf-8")
        options = ["--global-property", _CODE_ALONE, "--additional-properties", properties]
        return run([*_JAVA, toolbox().jar, "generate", "-i", source, "-g", language, "-o", out / service, *options])

    return made(f"openapi-generator-{language}", make, document, properties)


def _warnings(output: str) -> set[str]:
    return set(re.findall(r"(?:WARN|ERROR) .*", output))


def with_hey_api(service: str) -> Made:
    """A client in TypeScript by @hey-api/openapi-ts."""

    def make(out: Path) -> str:
        script = toolbox().folder / MAKE_HEY_API.name  # beside the modules that it imports
        script.write_bytes(MAKE_HEY_API.read_bytes())
        return run(["node", script, _document(service), out / service])

    folder, output = made("hey-api", make, kept(service, "openapi"), MAKE_HEY_API.read_bytes())
    return Made(folder, re.findall(r"(?i)^.*(?:warn|error|⚠).*$", output, re.MULTILINE))


def with_openapi_typescript(service: str) -> Made:
    """The types of a service, for openapi-fetch."""

    def make(out: Path) -> str:
        program = "openapi-typescript/bin/cli.js"
        return toolbox().node(
            program, _document(service), "--default-non-nullable=false", "--output", out / f"{service}.d.ts"
        )

    folder, output = made("openapi-typescript", make, kept(service, "openapi"))
    return Made(folder, re.findall(r"(?i)^.*(?:warn|error|⚠).*$", output, re.MULTILINE))


def _document(service: str) -> Path:
    return FOLDER / f"{service}.openapi.json"
