"""The command line of the loans service."""

from loans_service.main import PACKAGE, create_app, create_worker, database_of
from loans_service.settings import Settings
from shared.command_line import service_commands
from shared.web import serving
from shared.web.operations import operations

commands = service_commands(
    service="loans",
    settings=Settings,
    create_app=create_app,
    create_worker=create_worker,
    package=PACKAGE,
    database_of=database_of,
    serve_app=serving.run,
    operations=operations,
    port=8003,
)

if __name__ == "__main__":
    commands()
