"""Writes docs/settings.md out of the code: `python -m tests.settings_document`."""

from collections.abc import Iterator
from pathlib import Path

from books_service.settings import Settings as BooksSettings
from loans_service.settings import Settings as LoansSettings
from loans_service.sip2.settings import Sip2Settings
from members_service.settings import Settings as MembersSettings
from shared.configuration import ServiceSettings
from shared.settings_reference import Setting, settings_of

FILE = Path(__file__).parents[1] / "docs" / "settings.md"
SERVICES: dict[str, type[ServiceSettings]] = {
    "books": BooksSettings,
    "members": MembersSettings,
    "loans": LoansSettings,
}
_BEGINNING = """# Settings

Read from the environment, and validated once at the start: what is wrong is said in a sentence, with exit code 2, and a
misspelt name that begins like a service's is named. Each setting can also be read from the file that `NAME_FILE` names.
An empty value counts as absent. The address of a database or of the broker may come in parts: instead of `X_URL`,
`X_HOST` with `X_PORT`, `X_USER`, `X_PASSWORD` and `X_NAME`, `X_SSLMODE` (databases) or `X_VHOST`, `X_TLS` (broker).

`library-books settings`, `library-members settings` and `library-loans settings` print the same. This page is written
by `python -m tests.settings_document`.

`make run` also takes `HOST` (127.0.0.1), `DESK_PORT` (8000), `BOOKS_PORT` (8001), `MEMBERS_PORT` (8002), `LOANS_PORT`
(8003), `DATA_DIR` (./var), `DEMO` (1; 0 begins with an empty library), `SIP2` (0; 1 answers machines at `SIP2_PORT`)
and `PYTHON` (the interpreter of `.venv`).
"""


def written() -> str:
    """Return the page."""
    return "\n".join([_BEGINNING, *_tables()])


def _tables() -> Iterator[str]:
    by_service = {service: {one.name: one for one in settings_of(kind)} for service, kind in SERVICES.items()}
    shared = set.intersection(*(set(names) for names in by_service.values()))
    yield from _table("Every service", [by_service["books"][name] for name in sorted(shared)])
    for service, settings in by_service.items():
        yield from _table(service.title(), [one for name, one in settings.items() if name not in shared])
    of_machines = [one for one in settings_of(Sip2Settings) if one.name not in shared and one.meaning]
    yield from _table("Machines: `python -m loans_service sip2`", of_machines)


def _table(title: str, settings: list[Setting]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| name | default | meaning |\n|---|---|---|"
    for one in settings:
        default = one.default if one.default in {"", "required"} else f"`{one.default}`"
        yield f"| `{one.name}` | {default} | {one.meaning} |"
    yield ""


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
