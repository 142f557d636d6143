"""What mail servers say of an address (RFC 3463), at once or in a report later on."""

import re

_NOBODY = re.compile(r"^5\.(?:1\.(?:[0-36]|10)|2\.1|4\.4)\b")
_ENHANCED = re.compile(r"^5\.\d{1,3}\.\d{1,3}\b")
_NO_MAILBOX = frozenset({550, 551, 553})


def says_nobody_is_there(code: int | None, text: str) -> bool:
    """Return whether a refusal for good is about the address; `text` may begin with a status such as 5.1.1.

    A policy of the server (5.7.1), or a mailbox that is full (5.2.2), says nothing about the address.
    """
    if _ENHANCED.match(text):
        return _NOBODY.match(text) is not None
    return code in _NO_MAILBOX
