"""Keeps out of memory what other packages import only because it is installed. Imported before all others."""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


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


class _Unopened(ModuleType):
    """A package whose own imports wait until somebody asks it for a name."""

    __spec__: ModuleSpec

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self.__spec__.loader is None:
            raise AttributeError(name)
        part = f"{self.__name__}.{name}"
        if find_spec(part) is not None:
            return import_module(part)
        self.__class__ = ModuleType  # type: ignore[assignment]  # it has got what it lacked
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def import_parts_alone(package: str) -> None:
    """Let the modules of `package` be imported without what the package itself imports."""
    spec = None if package in sys.modules else find_spec(package)
    if spec is None:
        return  # it is in memory, for whatever reason
    sys.modules[package] = module = module_from_spec(spec)
    module.__class__ = _Unopened


import_without("structlog", "rich")  # for tracebacks, which logs.py writes by itself
never_import("httpx._main")  # a command line, with click, rich and all the lexers of Pygments
never_import("pydantic.v1")  # FastAPI would ask of each type whether it is one of an old model
import_parts_alone("sqlalchemy.ext.asyncio")  # its sessions, and with them the ORM, which loans does without
