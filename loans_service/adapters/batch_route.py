"""A neighbour's batch route, which answers many questions at once, each with a result or a problem."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.kernel.errors import LibraryError
from shared.outgoing_http import Gathered, Neighbour, NotUnderstood

Shape = TypeVar("Shape", bound=BaseModel)

Refusals = Mapping[str, type[LibraryError]]
"""The errors to raise for codes of a neighbour's problems, without arguments."""


class _Problem(BaseModel):
    code: str


class _Item(BaseModel):
    found: Any = None
    problem: _Problem | None = None


class _Items(BaseModel):
    items: list[_Item]


class BatchRoute:
    """Takes one question at a time; those that come while a request is under way are sent as one batch.

    `under` is the name of the list in the body, `refusals` the errors for problems about a question.
    """

    def __init__(self, neighbour: Neighbour, path: str, *, under: str, refusals: Refusals) -> None:
        self._neighbour = neighbour
        self._path = path
        self._under = under
        self._refusals = refusals
        self._gathered = Gathered(self._send_batch, neighbour=neighbour.name)

    async def ask(self, question: Mapping[str, str], shape: type[Shape]) -> Shape:
        """Return what was found. Raises one of `refusals`, or NeighbourUnavailable without a usable answer."""
        found = await self._gathered(question)
        try:
            return shape.model_validate(found)
        except ValidationError as error:
            raise self._neighbour.unreadable() from error

    async def _send_batch(self, questions: Sequence[Mapping[str, str]]) -> Sequence[Any]:
        try:
            items = (await self._neighbour.ask(self._path, {self._under: questions}, _Items)).items
        except NotUnderstood:
            if len(questions) == 1:
                raise
            # One of them is not understood: send each by itself to find out which.
            alone = (self._send_batch([question]) for question in questions)
            return [_only(answers) for answers in await asyncio.gather(*alone, return_exceptions=True)]
        if len(items) != len(questions):
            raise self._neighbour.unusable(f"{len(items)} of {len(questions)} questions")
        return [self._answer(item) for item in items]

    def _answer(self, item: _Item) -> Any:
        if item.problem is None:
            return item.found
        refusal = self._refusals.get(item.problem.code)
        return refusal() if refusal is not None else self._neighbour.unusable(item.problem.code)


def _only(answers: Sequence[Any] | BaseException) -> Any:
    return answers if isinstance(answers, BaseException) else answers[0]
