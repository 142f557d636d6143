"""The makers of clients: each takes the three documents and leaves a client of each service, or says why it cannot.

A maker starts once for all three: to start costs most of them more than to make a client.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.clients.toolbox import HERE, made, run, toolbox
from tests.contracts.documents import FOLDER, kept

SERVICES = ("books", "members", "loans")
MAKE_HEY_API = HERE / "make_hey_api.mjs"
MAKE_PYTHON_CLIENT = HERE / "make_python_client.py"
LOGGED = HERE / "openapi_generator_log.xml"
_SAY_IT_OF_EACH = "-Dorg.openapitools.codegen.utils.oncelogger.enabled=false"
_JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", _SAY_IT_OF_EACH)
_THING = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
_PLAINEST = json.dumps(  # nothing could be wrong with it
    {
        "openapi": "3.1.0",
        "info": {"title": "Next to nothing", "version": "1"},
        "paths": {"/": {"get": {"operationId": "look", "responses": {"200": {"description": "Seen."}}}}},
        "components": {"schemas": {"Thing": _THING}},
    }
)
_CODE_ALONE = {
    **dict.fromkeys(("modelDocs", "apiDocs", "modelTests", "apiTests"), "false"),
    **dict.fromkeys(("models", "apis", "supportingFiles"), ""),
}
_LANGUAGES: dict[str, Callable[[str], dict[str, str]]] = {
    "python": lambda service: {"library": "asyncio", "packageName": f"{service}_client"},
    "typescript-fetch": lambda _: {"importFileExtension": ".js"},
}


@dataclass(frozen=True)
class Made:
    """A client: where it is, and what its maker warned of."""

    folder: Path
    warnings: list[str]


def with_openapi_python_client(service: str) -> Made:
    """A package in Python, synchronous and asynchronous, on httpx."""

    def make(out: Path) -> str:
        path = f"{toolbox().python.parent}:/usr/bin:/bin"  # it formats what it wrote with a program beside it
        return run([toolbox().python, MAKE_PYTHON_CLIENT, out, *_documents()], settings={"PATH": path})

    folder, output = made("openapi-python-client", make, *_kept(), MAKE_PYTHON_CLIENT.read_bytes())
    told = _told_of(service, output)
    return Made(folder / service, re.findall(r"(?i)^.*(?:warning|error|unable|skipping).*$", told, re.MULTILINE))


def with_openapi_generator(service: str, language: str) -> Made:
    """A client by openapi-generator, in one of its many languages."""
    folder, output = _generated()
    unfounded = _warnings(output, language, "plainest")  # it complains of any document
    return Made(folder / language / service, sorted(_warnings(output, language, service) - unfounded))


def _generated() -> tuple[Path, str]:
    documents = {"plainest": _PLAINEST, **dict(zip(SERVICES, _kept(), strict=True))}
    configurations = {
        f"{language}.{service}": {
            "generatorName": language,
            "inputSpec": f"{service}.json",
            "outputDir": f"out/{language}/{service}/{service}",
            "additionalProperties": options(service),
            "globalProperties": _CODE_ALONE,
        }
        for language, options in _LANGUAGES.items()
        for service in documents
    }

    def make(out: Path) -> str:
        for service, document in documents.items():
            (out.parent / f"{service}.json").write_text(document, encoding="utf-8")
        for name, configuration in configurations.items():
            (out.parent / f"{name}.config").write_text(json.dumps(configuration), encoding="utf-8")
        batch: list[str | Path] = ["-jar", toolbox().jar, "batch", "--fail-fast", "--root-dir", out.parent]
        names = [f"{name}.config" for name in configurations]
        return run([*_JAVA, f"-Dlogback.configurationFile={LOGGED}", *batch, *names], folder=out.parent)

    return made("openapi-generator", make, *documents.values(), json.dumps(configurations), LOGGED.read_bytes())


def _warnings(output: str, language: str, service: str) -> set[str]:
    """Return what was warned of while this client was made: by its thread, which makes one after another."""
    making, client = defaultdict[str, list[str]](list), f"/out/{language}/{service}/{service})"
    for line in output.splitlines():
        thread = line.partition("]")[0]
        making[thread].append(line)
        if "] Finished generating " in line:
            told = "\n".join(making.pop(thread) + making["[main"])
            if client in told:
                return set(re.findall(r"(?:WARN|ERROR) .*", told))
    raise AssertionError(f"{language} for {service} is not in:\n{output[-6_000:]}")


def with_hey_api(service: str) -> Made:
    """A client in TypeScript by @hey-api/openapi-ts."""

    def make(out: Path) -> str:
        script = toolbox().folder / MAKE_HEY_API.name  # beside the modules that it imports
        script.write_bytes(MAKE_HEY_API.read_bytes())
        return run(["node", script, out, *_documents()])

    folder, output = made("hey-api", make, *_kept(), MAKE_HEY_API.read_bytes())
    told = _told_of(service, output)
    return Made(folder / service, re.findall(r"(?i)^.*(?:warn|error|⚠).*$", told, re.MULTILINE))


def with_openapi_typescript(service: str) -> Made:
    """The types of a service, for openapi-fetch. What it says may be of any of the three."""

    def make(out: Path) -> str:
        documents = zip(SERVICES, _documents(), strict=True)
        apis = {
            one: {"root": str(path), "x-openapi-ts": {"output": f"out/{one}/{one}.d.ts"}} for one, path in documents
        }
        wanted = out.parent / "redocly.yaml"
        wanted.write_text(json.dumps({"extends": ["minimal"], "apis": apis}), encoding="utf-8")
        return toolbox().node("openapi-typescript/bin/cli.js", "--default-non-nullable=false", "--redocly", wanted)

    folder, output = made("openapi-typescript", make, *_kept())
    return Made(folder / service, re.findall(r"(?i)^.*(?:warn|error|⚠).*$", output, re.MULTILINE))


def _documents() -> list[Path]:
    return [FOLDER / f"{service}.openapi.json" for service in SERVICES]


def _kept() -> list[str]:
    return [kept(service, "openapi") for service in SERVICES]


def _told_of(service: str, output: str) -> str:
    """Return what was output after the line that names the service, up to that of the next."""
    _, found, after = output.partition(f"== {service}\n")
    assert found, output[-6_000:]
    return after.partition("\n== ")[0]
