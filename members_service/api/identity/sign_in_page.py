"""The page on which people sign in: rendered here, in their language, under a policy that lets only our script run."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from members_service.application.identity.passkeys.views import PasskeyView
from members_service.application.identity.providers.come_back import Forecast
from members_service.application.identity.sign_in.authorize import NextStep
from shared.web.negotiation import language_of

_FOLDER = Path(__file__).parent / "templates"
_STYLE = (_FOLDER / "sign_in.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_SCRIPT = (_FOLDER / "passkeys.js").read_text(encoding="utf-8")
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_COOKIE_LASTS = 3_600  # seconds
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")

_STEPS = {"code": "code.html", "enrolment": "enrolment.html", "nothing": "recovery_codes.html"}

WORDS: Mapping[str, Mapping[str, str]] = json.loads((_FOLDER / "words.json").read_text(encoding="utf-8"))
"""What the page says, by language."""


@dataclass(frozen=True, slots=True)
class App:
    """A third-party app that people are asked to allow: its name, and the scopes that it gets at most."""

    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignOutElsewhere:
    """Where somebody may sign out of the provider, too, and what it is called."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's browser at our page: its language, and the secret in its cookie that its forms are bound to.

    `app` is the third-party app that sent the browser here, if one did; `providers` are the codes and titles of the
    identity providers that people may sign in by, `passkey_options` what a browser needs to show a passkey, as JSON.
    """

    language: str
    secure: bool
    secret: str
    has_cookie: bool
    app: App | None = None
    providers: tuple[tuple[str, str], ...] = ()
    passkey_options: str = ""

    @classmethod
    def of(cls, request: Request, *, secure: bool, new_secret: str, app: App | None) -> "Visit":
        """Read the browser's language and cookie; without a cookie it is about to get `new_secret`."""
        cookie = request.cookies.get(_cookie_name(secure=secure), "")
        has_cookie = _SECRET.fullmatch(cookie) is not None
        language = language_of(request.headers.get("accept-language", ""), WORDS, "en")
        return cls(language, secure, cookie if has_cookie else new_secret, has_cookie, app)

    def form_token(self, fields: Mapping[str, str]) -> str:
        """Return the token that proves that a form with these hidden fields comes from our page in this browser."""
        text = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return hmac.digest(self.secret.encode(), text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def filled_in(self, fields: Mapping[str, str], form_token: str) -> bool:
        """Return whether `form_token` matches these fields."""
        presented = form_token.encode("utf-8", "surrogatepass")
        return self.has_cookie and hmac.compare_digest(self.form_token(fields).encode(), presented)

    def page(
        self,
        fields: Mapping[str, str],
        *,
        username: str = "",
        wrong: str | None = None,
        status: int = 200,
        elsewhere: SignOutElsewhere | None = None,
        **figures: object,
    ) -> HTMLResponse:
        """Return the page to sign in on, for the request with these fields; `wrong` is the word for what is wrong.

        After signing out it leads to where somebody may sign out `elsewhere`.
        """
        begins = {name: value for name, value in fields.items() if name != "stranger"}
        offered = () if "stranger" in fields else self.providers
        more = {
            "username": username,
            "providers": [(f"providers/{code}/begin?{urlencode(begins)}", title) for code, title in offered],
            "elsewhere": elsewhere,
            "options": self.passkey_options,
        }
        return self._form("sign_in.html", fields, {}, more, wrong=wrong, status=status, **figures)

    def continue_page(self, fields: Mapping[str, str], *, username: str) -> HTMLResponse:
        """Return the page for somebody with a session in this browser."""
        more = {"username": username, "passkeys": bool(self.passkey_options)}
        return self._form("continue.html", fields, {}, more, wrong=None, status=200)

    def passkeys_page(
        self,
        fields: Mapping[str, str],
        passkeys: Sequence[PasskeyView],
        *,
        username: str,
        options: Mapping[str, Any] | None,
        wrong: str | None = None,
        done: str | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Return the page on which somebody sees to their passkeys; `done` is the word for what was done."""
        variables = {
            "username": username,
            "passkeys": passkeys,
            "options": "" if options is None else json.dumps(options),
            "done": None if done is None else WORDS[self.language][done],
        }
        return self._form("passkeys.html", fields, {}, variables, wrong=wrong, status=status)

    def step_page(
        self,
        fields: Mapping[str, str],
        step: NextStep,
        *,
        username: str,
        once: bool = False,
        wrong: str | None = None,
        status: int = 200,
        **figures: object,
    ) -> HTMLResponse:
        """Return the page for what is still to be done after the password; its form brings the step's note back."""
        hidden = {"username": username, "step": step.note} | ({"secret": step.secret} if step.secret else {})
        hidden |= {"once": "1"} if once else {}
        variables = {
            "username": username,
            "secret": re.sub(r"(.{4})(?=.)", r"\1 ", step.secret),
            "address": step.address,
            "picture": _qr_code(step.address) if step.address else "",
            "recovery_codes": step.recovery_codes,
        }
        return self._form(_STEPS[step.stage], fields, hidden, variables, wrong=wrong, status=status, **figures)

    def _form(
        self,
        name: str,
        fields: Mapping[str, str],
        more_hidden: Mapping[str, str],
        more: Mapping[str, object],
        *,
        wrong: str | None,
        status: int,
        **figures: object,
    ) -> HTMLResponse:
        where = urlsplit(fields["redirect_uri"])
        hidden = {**fields, **more_hidden}
        variables = {
            "fields": hidden,
            "form_token": self.form_token(hidden),
            "place": where.netloc or where.scheme,
            "wrong": None if wrong is None else WORDS[self.language][wrong].format(**figures),
            "app": None if self.app is None else self.app.name,
            "rights": [] if self.app is None else [WORDS[self.language][f"may {one}"] for one in self.app.scopes],
            **more,
        }
        back = f"{where.scheme}://{where.netloc}" if where.netloc else f"{where.scheme}:"
        answer = self._answer(name, status, back, variables)
        # Lax: the browser sends it when another page leads here, so that an older form stays good, but never with a
        # form that another page sends.
        answer.set_cookie(
            _cookie_name(secure=self.secure),
            self.secret,
            max_age=_COOKIE_LASTS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def trial_page(self, forecast: Forecast) -> HTMLResponse:
        """Return the page after a dry sign-in: the claims that came, and what would follow."""
        shown = {name: json.dumps(value, ensure_ascii=False) for name, value in sorted(forecast.claims.items())}
        variables = {"claims": shown, "follows": f"trial {forecast.follows}", "roles": sorted(forecast.roles or ())}
        return self._answer("trial.html", 200, "", variables)

    def dead_end_of(self, word: str) -> HTMLResponse:
        """Return the page for somebody who cannot go on, with one of our own sentences."""
        return self.dead_end(WORDS[self.language][word], language=self.language)

    def dead_end(self, reason: str, *, language: str = "en") -> HTMLResponse:
        """Return the page for a request that has no safe address to go back to."""
        return self._answer("dead_end.html", 400, "", {"reason": reason, "of_reason": language})

    def _answer(self, name: str, status: int, back: str, variables: Mapping[str, Any]) -> HTMLResponse:
        script = Markup(_SCRIPT) if variables.get("options") else ""  # noqa: S704 - our own file
        variables = {**variables, "words": WORDS[self.language], "language": self.language, "script": script}
        text = _pages().get_template(name).render(variables)
        # What a form leads to in the end is part of the policy, too: browsers look at redirects.
        policy = (
            f"default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}';"
            + (f" script-src 'sha256-{_SCRIPT_HASH}';" if script else "")
            + f" form-action 'self' {back}".rstrip()
            + "; base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {
            "content-security-policy": policy,
            "content-language": self.language,
            "vary": "Accept-Language, Cookie",
            "cache-control": "no-store",
        }
        return HTMLResponse(text, status, headers)


@cache
def _pages() -> Any:
    """Return the templates."""
    import jinja2  # noqa: PLC0415 - two megabytes, and only where people sign in

    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file
    return pages


def _cookie_name(*, secure: bool) -> str:
    return "__Host-sign-in" if secure else "sign-in"


def _qr_code(text: str) -> Markup:
    """Return the QR code as SVG: dark on light with a border, as scanners want it, whatever the colours of the page."""
    import segno  # noqa: PLC0415 - half a megabyte, and only where somebody begins with a second factor

    picture = segno.make(text, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(picture)  # noqa: S704 - it is made of squares; no text is in it
