"""PostgreSQL and RabbitMQ that let in only who comes over TLS."""

import shutil
import socket
import ssl
from pathlib import Path

from tests.authority import Issued
from tests.ports import HOST
from tests.servers import PostgresServer, RabbitServer


class EncryptedPostgres(PostgresServer):
    """Without TLS nobody is let in, as `hostssl` says."""

    def __init__(self, issued: Issued) -> None:
        super().__init__()
        self._certificate, self._key = self.folder / "server.pem", self.folder / "server-key.pem"
        self.show(issued)

    def show(self, issued: Issued) -> None:
        """Take this certificate; a running server shows it from its next start."""
        for source, target in ((issued.certificate, self._certificate), (issued.key, self._key)):
            shutil.copy(source, target)
            target.chmod(0o600)
            if self._user is not None:
                shutil.chown(target, self._user)

    def commands(self) -> list[list[str | Path]]:
        (command,) = super().commands()
        (self.data / "pg_hba.conf").write_text(f"hostssl all all {HOST}/32 trust\n")
        options = ["--ssl=on", f"--ssl_cert_file={self._certificate}", f"--ssl_key_file={self._key}"]
        return [[*command, *options]]


class EncryptedRabbit(RabbitServer):
    """A node with a TLS listener and no other."""

    def __init__(self, issued: Issued, ca_file: Path) -> None:
        super().__init__()
        configuration = self.folder / "rabbitmq.conf"
        without = configuration.read_text().replace(f"listeners.tcp.1 = {HOST}:{self.port}\n", "listeners.tcp = none\n")
        configuration.write_text(
            f"{without}listeners.ssl.1 = {HOST}:{self.port}\n"
            f"ssl_options.cacertfile = {ca_file}\n"
            f"ssl_options.certfile = {issued.certificate}\n"
            f"ssl_options.keyfile = {issued.key}\n"
            "ssl_options.verify = verify_none\n"  # of clients, which show their password
        )
        self._trusting = ssl.create_default_context(cafile=ca_file)

    @property
    def url(self) -> str:
        return f"amqps://guest:guest@{HOST}:{self.port}/"

    def answers(self) -> bool:
        with (
            socket.create_connection((HOST, self.port), 1) as connection,
            self._trusting.wrap_socket(connection, server_hostname=HOST) as encrypted,
        ):
            encrypted.sendall(b"AMQP\0\0\x09\x01")
            return encrypted.recv(1) == b"\x01"
