"""Makes clients in Python from documents: python make_python_client.py FOLDER DOCUMENT..."""

import sys
from pathlib import Path

from openapi_python_client.cli import app

folder, *documents = map(Path, sys.argv[1:])
for document in documents:
    service = document.name.partition(".")[0]
    print("==", service, flush=True)
    (folder / service).mkdir()
    output = folder / service / f"{service}_client"
    command = ["generate", "--fail-on-warning", "--path", document, "--meta", "none", "--output-path", output]
    command += ["--config", Path(__file__).with_suffix(".yaml")]
    status = app([str(word) for word in command], standalone_mode=False)
    if status:
        sys.exit(status)
