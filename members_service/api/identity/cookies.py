"""The cookies of a browser: one that recognises the device of somebody who signed in, and one for its session."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from fastapi import Request, Response

from members_service.api.identity.discovery import published_by
from members_service.application.identity.sign_in.authorize import SignedIn

_LASTS = 90 * 86_400  # seconds; the library forgets a device after the same time
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie as the browser sends it; an empty text: none. No script can read it, and no other site can send it."""

    name: str
    text: str
    path: str
    secure: bool

    longest: ClassVar[int] = 200

    @classmethod
    def read(cls, request: Request, name: str) -> Self:
        """Read the cookie."""
        secure = published_by(request).base(request).startswith("https://")
        name = f"__Secure-{name}" if secure else name
        path = f"{request.scope.get('root_path', '')}/v1/auth"
        return cls(name, request.cookies.get(name, "")[: cls.longest], path, secure)

    def set(self, answer: Response, text: str, *, seconds: int) -> None:
        """Set the cookie to this text for so many seconds."""
        answer.set_cookie(
            self.name, text, max_age=seconds, path=self.path, secure=self.secure, httponly=True, samesite="lax"
        )


@dataclass(frozen=True, slots=True)
class Device:
    """The software and machine in front of somebody, known by a secret of its own; nothing can be done with it.

    Strangers who guess at an account cannot keep its owner out, whose device is known.
    """

    secret: str
    cookie: Cookie

    @classmethod
    def of(cls, request: Request, *, new_secret: str) -> Self:
        """Read the cookie; without one the device is about to get `new_secret`."""
        cookie = Cookie.read(request, "device")
        return cls(cookie.text if _SECRET.fullmatch(cookie.text) else new_secret, cookie)

    def set_on(self, answer: Response) -> None:
        """Set the cookie: somebody has signed in with this device."""
        self.cookie.set(answer, self.secret, seconds=_LASTS)


class BrowserSessionCookie(Cookie):
    """The session of a browser, for all pages of the library and a working day at most."""

    __slots__ = ()

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the cookie."""
        return cls.read(request, "kept-sign-in")

    def set_on(self, answer: Response, signed_in: SignedIn) -> None:
        """Set the cookie to that of the new sign-in, if there is one."""
        if signed_in.cookie:
            self.set(answer, signed_in.cookie, seconds=int(signed_in.lasts.total_seconds()))

    def delete_on(self, answer: Response) -> None:
        """Delete the cookie."""
        self.set(answer, "", seconds=0)
