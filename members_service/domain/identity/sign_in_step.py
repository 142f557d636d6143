"""Signing in on our page step by step: a note of what was proved goes to the browser, which sends it back."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STEP_LASTS = timedelta(minutes=10)


class Stage(StrEnum):
    """What is still to be done."""

    CODE = "code"
    ENROLMENT = "enrolment"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SignInStep:
    """Somebody has proved the password of `name`, in one browser.

    `secret` is that of the factor that is offered, or the state of the one that was set up.

    A note of it is worth nothing in another browser, after another password, with another secret or for another stage.
    """

    stage: Stage
    name: str
    password_hash: str
    browser: str
    secret: str = ""

    def note(self, key: bytes, *, now: datetime) -> str:
        """Return the note for the browser; only the holder of `key` can write one."""
        return self._signed(key, int((now + STEP_LASTS).timestamp()))

    def fits(self, note: str, key: bytes, *, now: datetime) -> bool:
        """Return whether the note is one of this step, and not too old."""
        until = note.partition(".")[2].partition(".")[0]
        if not (until.isascii() and until.isdecimal() and len(until) < 12 and now.timestamp() < int(until)):
            return False
        return hmac.compare_digest(self._signed(key, int(until)).encode(), note.encode("utf-8", "surrogatepass"))

    def _signed(self, key: bytes, until: int) -> str:
        text = "\n".join((self.stage, str(until), self.name, self.password_hash, self.browser, self.secret))
        return f"{self.stage}.{until}.{hmac.digest(key, text.encode('utf-8', 'surrogatepass'), 'sha256').hex()}"


def stage_of(note: str) -> Stage | None:
    """Return the stage that a note claims; nothing of it is verified."""
    word = note.partition(".")[0]
    return Stage(word) if word in set(Stage) else None
