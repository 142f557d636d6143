import json

from jsonschema import Draft202012Validator

from shared.messaging.asyncapi import asyncapi_document
from tests.shared.stores import an_event

THING = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
PLACE = {"type": "object", "required": ["name"]}


def test_the_document_tells_what_is_sent_and_what_is_received() -> None:
    document = asyncapi_document(
        title="Things", version="1.2", publishes={"things.thing.changed": THING}, reads={"places.place.named": PLACE}
    )

    assert document["asyncapi"] == "3.1.0"
    assert ("Things", "1.2") == (document["info"]["title"], document["info"]["version"])
    assert ["places", "things"] == [tag["name"] for tag in document["info"]["tags"]]
    assert {name: operation["action"] for name, operation in document["operations"].items()} == {
        "send_things_thing_changed": "send",
        "receive_places_place_named": "receive",
    }
    assert [channel["address"] for channel in document["channels"].values()] == [
        "places.place.named",
        "things.thing.changed",
    ]


def test_a_type_that_is_sent_and_received_has_one_channel_and_two_operations() -> None:
    both = {"things.thing.changed": THING}

    document = asyncapi_document(title="Things", version="1", publishes=both, reads=both)

    assert len(document["channels"]) == 1
    assert set(document["operations"]) == {"send_things_thing_changed", "receive_things_thing_changed"}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = asyncapi_document(
        title="Things", version="1", publishes={"things.thing.changed": THING}, reads={"places.place.named": PLACE}
    )

    references = [part.split('"')[0] for part in json.dumps(document).split('"$ref": "')[1:]]

    assert len(references) == 8
    for reference in references:
        target = document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]


def test_an_event_of_ours_fits_its_schema() -> None:
    document = asyncapi_document(title="Things", version="1", publishes={"things.thing.changed": THING}, reads={})
    payload = document["components"]["messages"]["things_thing_changed"]["payload"]
    validator = Draft202012Validator(payload | {"components": document["components"]})

    good = json.loads(an_event("things.thing.changed", data={"size": 3}).body)
    bad = json.loads(an_event("things.thing.changed", data={"size": "large"}).body)

    assert validator.is_valid(good)
    assert not validator.is_valid(bad)
