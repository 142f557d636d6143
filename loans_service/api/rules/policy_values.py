"""What the forms of a policy are made of: names, words, numbers and amounts."""

from typing import Annotated

from pydantic import Field

from shared.web.json.strict_json import StrictJsonBody, line

Name = Annotated[str, line(100)]
Word = Annotated[str, line(40)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Days = Annotated[int, Field(ge=0, le=36_500)]
ANY = "null means any"


class Amount(StrictJsonBody):
    """Money in minor units; the library's currency if none is named."""

    amount: Annotated[int, Field(ge=0, le=1_000_000_000)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
