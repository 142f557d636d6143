"""TLS: the authorities that are trusted in outgoing connections, and the certificate of a server."""

import ssl
import time
from functools import cache
from pathlib import Path

import structlog

LOOKS_EVERY = 10.0
"""Least seconds between two checks whether the files of a server's certificate were replaced."""

_log = structlog.get_logger(__name__)


@cache
def verifying(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return the context of outgoing connections, which verifies the certificate and its host name.

    It trusts the system's authorities and those in `ca_file`, which may be a folder of files. Raises ValueError if
    these cannot be used.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        _trust(context, ca_file)
    return context


@cache
def verifying_authority_only(ca_file: Path) -> ssl.SSLContext:
    """Return a context that accepts any host name, and so trusts only the authorities in `ca_file`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    _trust(context, ca_file)
    return context


def expect_authorities(ca_file: Path) -> Path:
    """Return `ca_file`. Raises ValueError, with a reason, unless each of its files holds certificates."""
    _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file)
    return ca_file


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    if not (files := _files_of(ca_file)):
        raise ValueError(f"{ca_file} holds no file with certificates")
    for file in files:
        _expect_readable(file)
        try:
            context.load_verify_locations(cafile=file)
        except ssl.SSLError:
            raise ValueError(f"{file} holds no certificates in PEM form") from None


def _files_of(place: Path) -> list[Path]:
    """Return the file, or those in a folder but for hidden ones, which Kubernetes adds."""
    if not place.is_dir():
        return [place]
    return sorted(file for file in place.iterdir() if not file.name.startswith("."))


def _expect_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error


class ServerCertificate:
    """The certificate of a server with its chain, and the key, from two PEM files.

    Replaced files are used for new connections without a restart; while they do not match, the previous certificate is
    used. Raises ValueError, with a reason, if they cannot be used at the start.
    """

    def __init__(self, certificate: Path, key: Path, *, looks_every: float = LOOKS_EVERY) -> None:
        self._certificate = certificate
        self._key = key
        self._looks_every = looks_every
        self._looked_at = time.monotonic()
        self._loaded = self._marks()
        self._newest = self._load()

    def context(self) -> ssl.SSLContext:
        """Return a context for a server; each connection over it gets the newest certificate."""

        def show_newest(connection: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
            self._look()
            connection.context = self._newest

        context = self._load()
        context.sni_callback = show_newest  # called at each handshake, whether or not the client names a host
        return context

    def _look(self) -> None:
        if time.monotonic() - self._looked_at < self._looks_every:
            return
        self._looked_at = time.monotonic()
        marks = self._marks()
        if marks == self._loaded:
            return
        try:
            self._newest = self._load()
        except ValueError as error:
            _log.warning("a new TLS certificate cannot be used; the one before it is shown", reason=str(error))
        else:
            self._loaded = marks
            _log.info("a new TLS certificate is shown", file=str(self._certificate))

    def _marks(self) -> tuple[object, ...]:
        """Return what identifies the present content of each file; None for a missing one."""
        marks: list[object] = []
        for path in (self._certificate, self._key):
            try:
                found = path.stat()
            except OSError:
                marks.append(None)
            else:
                marks.append((found.st_ino, found.st_mtime_ns, found.st_size))
        return tuple(marks)

    def _load(self) -> ssl.SSLContext:
        for path in (self._certificate, self._key):
            _expect_readable(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            # With a password, since OpenSSL would ask the terminal for that of an encrypted key.
            context.load_cert_chain(self._certificate, self._key, password="")
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise ValueError(f"the key in {self._key} does not belong to {self._certificate}") from None
            raise ValueError(
                f"{self._certificate} and {self._key} are not a certificate and its key, unencrypted, in PEM form"
            ) from None
        return context
