"""Each event type has a sample; its owner, an independent reader and whoever reads it must all accept it."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator, FormatChecker

from shared.messaging.envelope import parse
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)


async def documents(library: EmbeddedLibrary) -> dict[str, dict[str, Any]]:
    """Return the AsyncAPI document of each service."""
    return {
        service: done(await library.anybody.get(f"{address}/asyncapi.json"))
        for service, address in library.services.items()
    }


def types_of(document: dict[str, Any], action: str) -> set[str]:
    """Return the event types that a service sends or receives."""
    channels = (
        document["channels"][operation["channel"]["$ref"].removeprefix("#/channels/")]
        for operation in document["operations"].values()
        if operation["action"] == action
    )
    return {channel["address"] for channel in channels}


def validator_of(document: dict[str, Any], type_: str) -> Draft202012Validator:
    """Return what checks a whole event of this type, envelope and data, as the document says."""
    messages = document["components"]["messages"].values()
    (payload,) = [message["payload"] for message in messages if message["name"] == type_]
    return Draft202012Validator(payload | {"components": document["components"]}, format_checker=FormatChecker())


async def test_every_event_type_has_a_sample_and_every_sample_an_owner(embedded: EmbeddedLibrary) -> None:
    sent = {type_ for document in (await documents(embedded)).values() for type_ in types_of(document, "send")}

    assert sent
    assert sent == {path.stem for path in SAMPLES}


@sample
async def test_a_sample_is_what_its_owner_promises(path: Path, embedded: EmbeddedLibrary) -> None:
    event = json.loads(path.read_text())
    owner = path.stem.split(".")[0]

    validator = validator_of((await documents(embedded))[owner], path.stem)

    assert (path.stem, f"/{owner}") == (event["type"], event["source"])
    assert [] == [error.message for error in validator.iter_errors(event)]
    hollow = event | {"data": {}}
    assert not validator.is_valid(hollow), "a schema that takes anything promises nothing"


async def test_each_document_shows_each_event_that_is_sent_by_an_example_that_fits(embedded: EmbeddedLibrary) -> None:
    for document in (await documents(embedded)).values():
        for type_ in types_of(document, "send"):
            schema = document["components"]["schemas"][type_.replace(".", "_")]
            (shown,) = schema["examples"]

            errors = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(shown)

            assert [] == [error.message for error in errors], type_
            assert shown.keys() <= schema["properties"].keys(), type_


@sample
async def test_a_sample_is_accepted_by_all_who_listen_to_it(path: Path, embedded: EmbeddedLibrary) -> None:
    event = json.loads(path.read_text())
    readers = {
        service: document
        for service, document in (await documents(embedded)).items()
        if path.stem in types_of(document, "receive")
    }

    for service, document in readers.items():
        errors = [error.message for error in validator_of(document, path.stem).iter_errors(event)]
        assert [] == errors, f"{service} would not understand it"


async def test_nobody_listens_to_what_nobody_says(embedded: EmbeddedLibrary) -> None:
    found = await documents(embedded)
    told = {type_ for document in found.values() for type_ in types_of(document, "send")}

    heard = {type_ for document in found.values() for type_ in types_of(document, "receive")}

    assert {"loans.copy.availability_changed"} <= heard
    assert heard <= told


@sample
def test_a_sample_is_a_sound_cloud_event_for_an_independent_reader(path: Path) -> None:
    event = JSONFormat().read(None, path.read_bytes())

    attributes = event.get_attributes()
    assert ("1.0", "application/json") == (attributes["specversion"], attributes["datacontenttype"])
    assert path.stem == attributes["type"]
    assert UUID(attributes["id"]).version == 7
    assert attributes["time"].tzinfo is not None
    assert re.fullmatch("[0-9]{18}", attributes["sequence"])
    assert isinstance(event.get_data(), dict)


@sample
def test_a_sample_is_read_by_our_own_envelope(path: Path) -> None:
    event = parse(path.read_bytes())

    assert path.stem == event.type
    assert event.subject in event.data.values(), "the order matters for a thing that the data names"
