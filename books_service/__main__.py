"""The command line of the books service."""

from books_service.file_commands import export_file, fetch_records, import_file
from books_service.persistence.import_tables import imports
from books_service.settings import Settings
from books_service.wiring.service import SERVICE, database_of, finish_migration
from books_service.worker import create_worker
from shared.command_line import Application, service_commands
from shared.operating import add_operator_commands
from shared.operating.imports import add_imports
from shared.operating.recount import add_recount


def _create_app(settings: Settings) -> Application:
    from books_service.main import create_app  # noqa: PLC0415 - no command but `serve` and `openapi` pays for FastAPI

    return create_app(settings)


commands = service_commands(
    service=SERVICE.name,
    settings=Settings,
    background=Settings,
    create_app=_create_app,
    create_worker=create_worker,
    package=SERVICE.package,
    database_of=database_of,
    finish_migration=finish_migration,
    port=8001,
    version=SERVICE.version,
)
add_operator_commands(
    commands,
    SERVICE,
    settings=Settings,
    background=Settings,
    create_worker=create_worker,
)
add_recount(commands, SERVICE, settings=Settings)
add_imports(commands, SERVICE, settings=Settings, tables=imports)

commands.command("import")(import_file)
commands.command("export")(export_file)
commands.command("fetch")(fetch_records)


if __name__ == "__main__":
    commands()
