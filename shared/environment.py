"""What the environment says: plain values, files that hold them, and addresses that come in parts."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

SSL_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
"""The `sslmode`s of PostgreSQL; only the last two verify the server."""

SSL_MODE = re.compile(r"[?&]ssl(?:mode)?=([^&#]*)")
"""The parameter of a database address that holds it."""


class ConfigurationError(Exception):
    """The settings are invalid. `sentences` say what is wrong, one for each setting, and show no secret."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def value_of(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the value of a name, or the content of the file that `NAME_FILE` names; None where both are empty."""
    direct, path = environment.get(name) or None, environment.get(f"{name}_FILE") or None
    if path is None:
        return direct
    if direct is not None:
        raise ConfigurationError((f"{name} and {name}_FILE are both set: keep one of them.",))
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError((f"{name}_FILE points to {path}, which cannot be read: {reason}.",)) from error


def address_in_parts(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the address that is configured in parts instead of `name`, or None without a host.

    `X_DIRECT_URL`, which bypasses a pooler, takes what it shares from `X`: its host is enough, or host and port.
    """
    prefix, _, last = name.rpartition("_")
    host = value_of(f"{prefix}_HOST", environment) if last == "URL" else None
    if host is None:
        return None
    beside = prefix.removesuffix("_DIRECT")

    def part(what: str, default: str = "") -> str:
        shared = value_of(f"{beside}_{what}", environment) if what != "PORT" else None
        return value_of(f"{prefix}_{what}", environment) or shared or default

    user, password = quote(part("USER"), safe=""), quote(part("PASSWORD"), safe="")
    login = f"{user}:{password}@" if user else ""
    where = f"[{host}]" if ":" in host else host
    if beside.endswith("DATABASE"):
        mode = _ssl_mode(prefix, environment)
        ssl = f"?ssl={mode}" if mode else ""
        return f"postgresql+asyncpg://{login}{where}:{part('PORT', '5432')}/{quote(part('NAME'), safe='')}{ssl}"
    encrypted = _choice(f"{prefix}_TLS", ("on", "off"), environment) == "on"
    scheme, port = ("amqps", "5671") if encrypted else ("amqp", "5672")
    return f"{scheme}://{login}{where}:{part('PORT', port)}/{quote(part('VHOST', '/'), safe='')}"


def with_ssl_mode(name: str, url: str | None, environment: Mapping[str, str]) -> str | None:
    """Return a whole address with the SSLMODE that is configured beside it, unless the address has its own."""
    prefix = name.removesuffix("_URL")
    if url is not None and prefix.removesuffix("_DIRECT").endswith("_DATABASE") and url.startswith("postgres"):
        mode = _ssl_mode(prefix, environment)
        if mode and not SSL_MODE.search(url):
            return f"{url}{'&' if '?' in url else '?'}sslmode={mode}"
    if url is not None and name == "RABBITMQ_URL":
        switch = _choice("RABBITMQ_TLS", ("on", "off"), environment)
        if switch == "on" and not url.startswith("amqps:"):
            raise ConfigurationError(("RABBITMQ_TLS is on, but RABBITMQ_URL does not begin with amqps://.",))
    return url


def _ssl_mode(prefix: str, environment: Mapping[str, str]) -> str | None:
    names = (f"{prefix}_SSLMODE", f"{prefix.removesuffix('_DIRECT')}_SSLMODE")
    return next((mode for name in names if (mode := _choice(name, SSL_MODES, environment))), None)


def _choice(name: str, choices: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    value = value_of(name, environment)
    if value is not None and value not in choices:
        raise ConfigurationError((f"{name} cannot be used: it must be one of {', '.join(choices)}.",))
    return value
