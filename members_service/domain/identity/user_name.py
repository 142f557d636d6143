"""The name that somebody types to sign in: an e-mail address, or the number on the card."""

from members_service.domain.email import email_key


def user_name_key(text: str) -> str:
    """Return the form by which user names are compared; in the number of a card, blanks do not count.

    A name finds its account, and counts its tries, by this form alone: whatever else were the same card in two
    spellings would be two names with tries of their own.
    """
    name = email_key(text)
    return name if "@" in name else "".join(name.split())
