"""A service that exists only in tests, with its command line: `python -m tests.shared.things_command serve`."""

import asyncio
from typing import Any

from fastapi import FastAPI
from pydantic import Field, SecretStr

from shared.command_line import service_commands
from shared.configuration import DatabaseUrl, PortNumber, ServiceSettings
from shared.persistence.database import Database


class BackgroundSettings(ServiceSettings):
    database_url: DatabaseUrl = Field(validation_alias="THINGS_DATABASE_URL", description="where the things are kept")
    metrics_port: PortNumber | None = Field(default=None, validation_alias="THINGS_METRICS_PORT")


class Settings(BackgroundSettings):
    neighbour_url: str = Field(validation_alias="THINGS_NEIGHBOUR_URL")
    secret: SecretStr = Field(validation_alias="THINGS_SECRET")


class Worker:
    async def run(self, stop: asyncio.Event) -> None:
        print("works", flush=True)
        await stop.wait()
        print("ends in order", flush=True)


def create_app(settings: Settings) -> FastAPI:
    return FastAPI(title="Things")


def database_of(settings: BackgroundSettings) -> Database:
    return Database(settings.database_url)


def serve_app(app: FastAPI, **options: Any) -> None:
    print(app.title, options)


commands = service_commands(
    service="things",
    settings=Settings,
    background=BackgroundSettings,
    create_app=create_app,
    create_worker=lambda settings: Worker(),
    package="tests.shared.persistence.things",
    database_of=database_of,
    serve_app=serve_app,
    port=8009,
)

if __name__ == "__main__":
    commands()
