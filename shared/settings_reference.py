"""The list of all settings for people, and suggestions for misspelt ones."""

import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.configuration import ServiceSettings, environment_name, load
from shared.environment import ConfigurationError

Settings = TypeVar("Settings", bound=ServiceSettings)

_PARTS = ("HOST", "PORT", "USER", "PASSWORD", "NAME", "SSLMODE", "VHOST", "TLS")
_OF_KUBERNETES = re.compile(r"[A-Z]+_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_\w+)?)")
"""Variables that Kubernetes sets in every container for each service of its namespace."""


def unknown_settings(names: Iterable[str], known: Iterable[str], *, prefix: str) -> tuple[str, ...]:
    """Return a sentence for each of `names` that begins with `prefix` and is not a setting, with a suggestion."""
    possible = {f"{name}{end}" for name in known for end in ("", "_FILE")}
    parts = (f"{name.removesuffix('URL')}{part}" for name in possible if name.endswith("_URL") for part in _PARTS)
    possible |= {f"{part}{end}" for part in parts for end in ("", "_FILE")}
    wrong = sorted(
        name
        for name in names
        if name.startswith(prefix) and name not in possible and not _OF_KUBERNETES.fullmatch(name)
    )
    return tuple(_did_you_mean(name, possible) for name in wrong)


def name_unknown_settings(settings_class: type[ServiceSettings], service: str) -> None:
    """Warn on standard error of each name in the environment that looks like a setting of this service, and is not.

    Settings of other processes of the service count as well.
    """
    for sentence in unknown_settings(os.environ, _names_of_all(settings_class), prefix=f"{service.upper()}_"):
        sys.stderr.write(f"{sentence}\n")


def _names_of_all(settings_class: type[ServiceSettings]) -> set[str]:
    more = (_names_of_all(wider) for wider in settings_class.__subclasses__())
    return {*names_of(settings_class)}.union(*more)


def _did_you_mean(name: str, possible: Collection[str]) -> str:
    close = get_close_matches(name, sorted(possible), n=1, cutoff=0.8)
    return f"{name} is no setting of the library" + (f": did you mean {close[0]}?" if close else ".")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting for people: its environment name, its default as it would be written, and its meaning."""

    name: str
    default: str
    meaning: str


def settings_of(settings_class: type[ServiceSettings]) -> list[Setting]:
    """Return all settings, by their names."""
    found = [
        Setting(environment_name(name, field), _written(field), field.description or "")
        for name, field in settings_class.model_fields.items()
    ]
    return sorted(found, key=lambda setting: setting.name)


def _written(field: FieldInfo) -> str:
    if field.is_required() or field.default in (None, "", ()) or field.default_factory is not None:
        return "required" if field.is_required() else ""
    if isinstance(field.default, timedelta):
        return f"{field.default.total_seconds():g}"
    if isinstance(field.default, bool):
        return "1" if field.default else "0"
    return str(field.default) if isinstance(field.default, (str, int, float, Path)) else ""


def names_of(settings_class: type[ServiceSettings]) -> list[str]:
    """Return the environment names of all settings, without their `_FILE` forms."""
    return [environment_name(name, field) for name, field in settings_class.model_fields.items()]


def settings_to_look_at(settings: type[Settings]) -> Settings:
    """Return settings with placeholders for required ones that the environment lacks."""
    try:
        return load(settings)
    except ConfigurationError:
        return load(settings, **_placeholders(settings))


def _placeholders(settings: type[ServiceSettings]) -> Mapping[str, Any]:
    return {
        name: _placeholder(name, field.annotation)
        for name, field in settings.model_fields.items()
        if field.is_required()
    }


def _placeholder(name: str, annotation: Any) -> Any:
    if name.endswith("database_url"):
        return "sqlite+aiosqlite:///placeholder.db"
    if name.endswith("_url"):
        return "http://localhost"
    if annotation is SecretStr or SecretStr in get_args(annotation):
        return SecretStr("placeholder" * 3)
    return "placeholder"
