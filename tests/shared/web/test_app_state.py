"""What routes are given."""

import threading
from typing import Annotated

import httpx
from fastapi import FastAPI

from shared.web.app_state import from_app_state

Shelf = Annotated[list[str], from_app_state("shelf")]


async def test_a_route_is_given_what_its_application_keeps_and_no_thread_is_started_for_it() -> None:
    app = FastAPI()
    app.state.shelf = ["Emma"]

    @app.get("/")
    async def show(shelf: Shelf) -> list[str]:
        return shelf

    before = threading.active_count()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things.test") as http:
        answer = await http.get("/")

    assert ["Emma"] == answer.json()
    assert before == threading.active_count()
