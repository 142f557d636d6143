"""The cookie by which a device is known again when somebody signs in with it: strangers cannot keep its owner out."""

import re
from dataclasses import dataclass
from typing import Self

from fastapi import Request, Response

from members_service.api.identity.discovery import published_by

_LASTS = 90 * 86_400  # seconds; the library forgets a device after the same time
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Device:
    """The software and machine in front of somebody, known by a secret of its own; nothing can be done with it."""

    secret: str
    path: str
    secure: bool

    @classmethod
    def of(cls, request: Request, *, new_secret: str) -> Self:
        """Read the cookie; without one the device is about to get `new_secret`."""
        secure = published_by(request).base(request).startswith("https://")
        kept = request.cookies.get(_name(secure=secure), "")
        path = f"{request.scope.get('root_path', '')}/v1/auth"
        return cls(kept if _SECRET.fullmatch(kept) else new_secret, path, secure)

    def is_kept_by(self, answer: Response) -> None:
        """Let the device keep its secret: somebody has signed in."""
        answer.set_cookie(
            _name(secure=self.secure),
            self.secret,
            max_age=_LASTS,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )


def _name(*, secure: bool) -> str:
    return "__Secure-device" if secure else "device"
