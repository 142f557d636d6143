"""What the validator finds is told in plain words."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from shared.validator_words import in_plain_words


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int = 1
    day: date = date(2026, 3, 1)
    is_new: bool = False
    thing_id: UUID | None = None
    part: "Thing | None" = None
    name: str = ""

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        if len(name) > 3:
            raise ValueError("write a shorter name.")
        return name


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"number": "many"}, "This must be a whole number"),
        ({"number": 1.5}, "This must be a whole number"),
        ({"day": "03.04.1970"}, "This must be a day, such as 2026-03-01"),
        ({"day": "1970-04-03T10:00:00"}, "This must be a day, such as 2026-03-01"),
        ({"is_new": "perhaps"}, "This must be true or false"),
        ({"thing_id": "me"}, "This must be a UUID, as the library gives its ids"),
        ({"part": 7}, "This must be an object"),
        ({"colour": "red"}, "There is no such field"),
        ({"name": "long"}, "write a shorter name"),
    ],
)
def test_each_fault_is_said_in_plain_words(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate(given)

    assert [sentence] == [in_plain_words(error) for error in caught.value.errors()]
