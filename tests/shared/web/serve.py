"""The sample as a process: `python -m tests.shared.web.serve '{"port": 8009, "workers": 2}'`.

It takes what `serving.run` takes, a certificate as the names of its two files. What is `broken` cannot start. What is
`told_while_forking` gets this signal when its first worker, or the one after that, has just been made: (number, which).
"""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client import Gauge

from shared.tls import ServerCertificate
from shared.web import serving
from tests.shared.web.sample import sample_app


def _broken(app: FastAPI) -> Any:
    raise ZeroDivisionError


def main(
    *,
    broken: bool = False,
    told_while_forking: tuple[int, int] | None = None,
    certificate: list[str] | None = None,
    **options: Any,
) -> None:
    Gauge("number_of_the_process", "Tells two processes apart.").set_function(os.getpid)
    app = sample_app()
    app.state.shelf.gate.set()
    if broken:
        app.router.lifespan_context = _broken
    if told_while_forking:
        number, which = told_while_forking
        made = itertools.count(1)
        os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), number) if next(made) == which else None)
    files = None if certificate is None else ServerCertificate(*map(Path, certificate))
    serving.run(app, host="127.0.0.1", certificate=files, **options)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
