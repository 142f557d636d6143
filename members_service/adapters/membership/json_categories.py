"""The categories of membership, from the data file beside this module."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from members_service.domain.membership.membership import Categories, Category, CategoryTerms

_FILE = Path(__file__).with_name("categories.json")
_Age = Annotated[int, Field(ge=0, le=150)]


class _Terms(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Category
    name: Annotated[str, Field(min_length=1, max_length=60)]
    months: Annotated[int, Field(ge=1, le=1_200)]
    youngest: _Age | None = None
    oldest: _Age | None = None

    @model_validator(mode="after")
    def _has_somebody(self) -> Self:
        if self.youngest is not None and self.oldest is not None and self.youngest > self.oldest:
            raise ValueError("nobody has that age")
        return self


_TERMS = TypeAdapter(list[_Terms])


def read_categories(text: str | bytes | None = None) -> Categories:
    """Return the terms of every category. Raises ValueError unless there is exactly one entry for each of them."""
    found = _TERMS.validate_json(_FILE.read_bytes() if text is None else text)
    terms = {one.category: CategoryTerms(**one.model_dump()) for one in found}
    if len(found) != len(Category) or terms.keys() != set(Category):
        raise ValueError("each category needs one entry")
    return terms
