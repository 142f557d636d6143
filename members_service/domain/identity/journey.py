"""The way of a browser to an identity provider and back, and who came back and is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

JOURNEY_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Journey:
    """One sign-in at a provider: begun in one browser, for one request of a client, whose `fields` it keeps.

    `state`, `nonce` and `verifier` are secrets of this journey alone. A `trial` signs nobody in: it shows an
    administrator what would follow.
    """

    provider_id: UUID
    state: str
    nonce: str
    verifier: str
    until: datetime
    fields: Mapping[str, str]
    asks_anew: bool = False
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody whom a provider has proved and nobody here is known by. A password links them to an account, once.

    `groups` are those of theirs that bring roles; `second_factor`: the provider has proved one, too.
    """

    provider_id: UUID
    subject: str
    browser: str
    until: datetime
    groups: frozenset[str]
    second_factor: bool
