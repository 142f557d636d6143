"""The cookies by which a browser is known again: the device of somebody who signed in, and a sign-in that it keeps."""

import re
from dataclasses import dataclass
from typing import Self

from fastapi import Request, Response

from members_service.api.identity.discovery import published_by
from members_service.application.identity.sign_in.authorize import SignedIn

_LASTS = 90 * 86_400  # seconds; the library forgets a device after the same time
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Cookie:
    """What the browser brings; an empty text is nothing. No script can read it, and no other site can send it."""

    name: str
    text: str
    path: str
    secure: bool

    @classmethod
    def read(cls, request: Request, name: str) -> Self:
        """Read the cookie."""
        secure = published_by(request).base(request).startswith("https://")
        name = f"__Secure-{name}" if secure else name
        path = f"{request.scope.get('root_path', '')}/v1/auth"
        return cls(name, request.cookies.get(name, "")[:_LONGEST], path, secure)

    def set(self, answer: Response, text: str, *, seconds: int) -> None:
        """Let the browser keep this text for so long."""
        answer.set_cookie(
            self.name, text, max_age=seconds, path=self.path, secure=self.secure, httponly=True, samesite="lax"
        )


@dataclass(frozen=True, slots=True)
class Device:
    """The software and machine in front of somebody, known by a secret of its own; nothing can be done with it.

    Strangers who guess at an account cannot keep its owner out, whose device is known.
    """

    secret: str
    cookie: _Cookie

    @classmethod
    def of(cls, request: Request, *, new_secret: str) -> Self:
        """Read the cookie; without one the device is about to get `new_secret`."""
        cookie = _Cookie.read(request, "device")
        return cls(cookie.text if _SECRET.fullmatch(cookie.text) else new_secret, cookie)

    def is_kept_by(self, answer: Response) -> None:
        """Let the device keep its secret: somebody has signed in."""
        self.cookie.set(answer, self.secret, seconds=_LASTS)


class KeptSignIn(_Cookie):
    """A sign-in for all pages of the library, and for a working day at most."""

    __slots__ = ()

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the cookie."""
        return cls.read(request, "kept-sign-in")

    def is_kept_by(self, answer: Response, signed_in: SignedIn) -> None:
        """Let the browser keep what it shall keep; without that it goes on with what it has."""
        if signed_in.kept:
            self.set(answer, signed_in.kept, seconds=int(signed_in.kept_for.total_seconds()))

    def is_dropped_by(self, answer: Response) -> None:
        """Let the browser forget it."""
        self.set(answer, "", seconds=0)
