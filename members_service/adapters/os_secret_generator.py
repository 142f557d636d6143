"""Secrets from the operating system's generator."""

import secrets


class OsSecretGenerator:
    """Implements `secret_generator.SecretGenerator`."""

    def secret(self) -> str:
        return secrets.token_urlsafe(32)

    def digits(self, count: int) -> str:
        return f"{secrets.randbelow(10**count):0{count}d}"
