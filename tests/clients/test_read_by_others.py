"""What the documents are to programs that read them with the rules of their trade: nothing to complain of."""

import json
from pathlib import Path

from tests.clients.makers import SERVICES
from tests.clients.toolbox import HERE, run, toolbox
from tests.contracts.documents import FOLDER

OPENAPI = [FOLDER / f"{service}.openapi.json" for service in SERVICES]
ASYNCAPI = [FOLDER / f"{service}.asyncapi.json" for service in SERVICES]


def test_spectral_finds_nothing_against_its_rules_for_openapi() -> None:
    output = toolbox().node(
        "@stoplight/spectral-cli/dist/index.js", "lint", "--ruleset", HERE / "spectral.yaml", "--fail-severity=hint",
        "--format=json", "--quiet", *OPENAPI,
    )  # fmt: skip

    assert [] == json.loads(output)


def test_redocly_finds_nothing_against_what_it_recommends() -> None:
    output = toolbox().node(
        "@redocly/cli/bin/cli.js", "lint", "--config", HERE / "redocly.yaml", "--format=json", *OPENAPI
    )

    assert 3 == output.count('"problems": []'), output


def test_the_official_parser_of_asyncapi_has_not_even_a_hint() -> None:
    script = Path(toolbox().folder / "read_asyncapi.mjs")
    script.write_bytes((HERE / "read_asyncapi.mjs").read_bytes())

    assert "" == run(["node", script, *ASYNCAPI])
