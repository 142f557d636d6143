"""A neighbour's route that takes many questions at once, each answered by what was found or by a problem."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from loans_service.adapters.own_token import OwnToken
from shared.kernel.errors import LibraryError, NeighbourUnavailable
from shared.outgoing_http import Gathered, NeighbourClient

Shape = TypeVar("Shape", bound=BaseModel)

Refusals = Mapping[str, type[LibraryError]]
"""What the codes of a neighbour's problems mean to us; they are raised without arguments."""

_NOT_UNDERSTOOD = frozenset({400, 413, 422})


class _Problem(BaseModel):
    code: str


class _Item(BaseModel):
    found: Any = None
    problem: _Problem | None = None


class _Items(BaseModel):
    items: list[_Item]


class BatchRoute:
    """Asks one question at a time; those that are asked while a request is on its way go together.

    `under` is the name of the list in the body, `refusals` what problems mean that are about the question.
    """

    def __init__(
        self, client: NeighbourClient, token: OwnToken, path: str, *, under: str, neighbour: str, refusals: Refusals
    ) -> None:
        self._client = client
        self._token = token
        self._path = path
        self._under = under
        self._neighbour = neighbour
        self._refusals = refusals
        self._gathered = Gathered(self._ask_together, neighbour=neighbour)

    async def ask(self, question: Mapping[str, str], shape: type[Shape]) -> Shape:
        """Return what was found. Raises what `refusals` say, or NeighbourUnavailable without a usable answer."""
        found = await self._gathered(question)
        try:
            return shape.model_validate(found)
        except ValidationError as error:
            raise self._unavailable("something unreadable") from error

    async def _ask_together(self, questions: Sequence[Mapping[str, str]]) -> Sequence[Any]:
        header = await self._token.header()
        reply = await self._client.ask(self._path, {self._under: questions}, headers=header)
        if reply.status_code in _NOT_UNDERSTOOD and len(questions) > 1:
            # One of them is not understood; which one, each finds out by itself.
            alone = (self._ask_together([question]) for question in questions)
            return [_only(answers) for answers in await asyncio.gather(*alone, return_exceptions=True)]
        if reply.status_code == 401:
            self._token.forget()
        if reply.status_code != 200:
            raise self._unavailable(str(reply.status_code))
        try:
            items = _Items.model_validate_json(reply.content).items
        except ValidationError as error:
            raise self._unavailable("something unreadable") from error
        if len(items) != len(questions):
            raise self._unavailable(f"{len(items)} of {len(questions)} questions")
        return [self._answer(item) for item in items]

    def _answer(self, item: _Item) -> Any:
        if item.problem is None:
            return item.found
        refusal = self._refusals.get(item.problem.code)
        return refusal() if refusal is not None else self._unavailable(item.problem.code)

    def _unavailable(self, answer: str) -> NeighbourUnavailable:
        return NeighbourUnavailable(f"The {self._neighbour} service answered {answer}; nothing was changed.")


def _only(answers: Sequence[Any] | BaseException) -> Any:
    return answers if isinstance(answers, BaseException) else answers[0]
