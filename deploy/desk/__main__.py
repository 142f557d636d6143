"""`python -m deploy.desk`: the desk page, for a gateway that shows the three services beside it."""

from typing import Annotated

import typer

from deploy.desk.pages import PREFIXES, create_app
from shared.web import serving


def serve(
    *,
    books: Annotated[str, typer.Option(help="Where browsers find books: a path, or a URL.")] = PREFIXES["books"],
    members: Annotated[str, typer.Option(help="Likewise members.")] = PREFIXES["members"],
    loans: Annotated[str, typer.Option(help="Likewise loans.")] = PREFIXES["loans"],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    timeout_graceful_shutdown: Annotated[float, typer.Option(help="Seconds for requests at work.")] = serving.GRACE,
) -> None:
    """Serve the desk page."""
    app = create_app({"books": books, "members": members, "loans": loans})
    serving.run(app, host=host, port=port, grace=timeout_graceful_shutdown)


if __name__ == "__main__":
    typer.run(serve)
