"""Keeps out of memory what other packages import only because it is installed. Imported before all others."""

import sys
from importlib import import_module


def never_import(module: str) -> None:
    """Let every import of `module` fail from now on, as if it were not installed."""
    sys.modules.setdefault(module, None)  # type: ignore[arg-type]  # Python's own way to say that there is none


def import_without(package: str, absent: str) -> None:
    """Import `package` as if `absent` were not installed, which others may import afterwards."""
    if absent in sys.modules:
        return  # it is in memory, for whatever reason
    never_import(absent)
    try:
        import_module(package)
    finally:
        del sys.modules[absent]


import_without("structlog", "rich")  # for tracebacks, which logs.py writes by itself
never_import("httpx._main")  # a command line, with click, rich and all the lexers of Pygments
never_import("pydantic.v1")  # FastAPI would ask of each type whether it is one of an old model
