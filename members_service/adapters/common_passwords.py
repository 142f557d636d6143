"""The passwords that many people use, as shipped with the service."""

from importlib.resources import files

from members_service.domain.password import PasswordRules


def password_rules() -> PasswordRules:
    """Return the rules for new passwords, with the shipped list of common ones."""
    text = files("members_service.adapters").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return PasswordRules(frozenset(line for line in text.splitlines() if line and not line.startswith("# ")))
