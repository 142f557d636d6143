"""The cookie in which a browser keeps a sign-in, for all pages of the library and for a working day at most."""

from dataclasses import dataclass
from typing import Self

from fastapi import Request, Response

from members_service.api.identity.discovery import published_by
from members_service.application.identity.sign_in.authorize import SignedIn

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class KeptSignIn:
    """What the browser brings of it; an empty text is none. No script can read it, and no other site can send it."""

    text: str
    path: str
    secure: bool

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the cookie."""
        secure = published_by(request).base(request).startswith("https://")
        path = f"{request.scope.get('root_path', '')}/v1/auth"
        return cls(request.cookies.get(_name(secure=secure), "")[:_LONGEST], path, secure)

    def is_kept_by(self, answer: Response, signed_in: SignedIn) -> None:
        """Let the browser keep what it shall keep; without that it goes on with what it has."""
        if signed_in.kept:
            self._set(answer, signed_in.kept, int(signed_in.kept_for.total_seconds()))

    def is_dropped_by(self, answer: Response) -> None:
        """Let the browser forget it."""
        self._set(answer, "", 0)

    def _set(self, answer: Response, text: str, seconds: int) -> None:
        answer.set_cookie(
            _name(secure=self.secure),
            text,
            max_age=seconds,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )


def _name(*, secure: bool) -> str:
    return "__Secure-kept-sign-in" if secure else "kept-sign-in"
