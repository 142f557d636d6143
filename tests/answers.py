"""What tests read in answers."""

from typing import Any

import httpx


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    assert "application/problem+json" == answer.headers["content-type"], answer.text
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == problem["status"]
    return problem


def codes_of(answer: httpx.Response) -> list[str]:
    return [error["code"] for error in problem_of(answer)["errors"]]


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the error word of an answer in OAuth's form."""
    assert "application/json" == answer.headers["content-type"], answer.text
    assert "no-store" == answer.headers["cache-control"]
    return answer.status_code, answer.json()["error"]
