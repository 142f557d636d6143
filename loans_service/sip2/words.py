"""The texts that a machine shows and prints, by language."""

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from loans_service.sip2.accounts import MachineAccount

LANGUAGES = {"001": "en", "002": "fr"}
"""The supported languages, by the numbers of the standard."""

WORDS: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))


class Speech:
    """The texts for a machine in one language; its account may have texts of its own."""

    def __init__(self, account: MachineAccount, number: str = "000") -> None:
        self.language = LANGUAGES.get(number, account.language)
        self.number = (
            number if number in LANGUAGES else next(n for n, name in LANGUAGES.items() if name == self.language)
        )
        self._messages = account.messages

    def say(self, name: str, **figures: str) -> str:
        """Return the sentence of this name."""
        own = self._messages.words.get(name, {}).get(self.language)
        return (own or WORDS[self.language].get(name) or WORDS[self.language]["other"]).format_map(_Figures(figures))

    def refuse(self, refusals: list[dict[str, Any]]) -> str:
        """Return the text for refusals: the gateway's own in this language, else the service's."""
        return " ".join(dict.fromkeys(self._sentence(refusal) for refusal in refusals))

    def _sentence(self, refusal: dict[str, Any]) -> str:
        code = str(refusal.get("code", ""))
        if code in self._messages.words or code in WORDS[self.language]:
            return self.say(code)
        return str(refusal.get("detail") or "") if self.language == "en" else self.say("other")

    def quote(self, text: str | None) -> str:
        """Return a sentence of a service, if it is in this language."""
        return text if text and self.language == "en" else ""

    def screen_fields(self, *sentences: str) -> list[tuple[str, str | None]]:
        """Return the fields AF and AG that the machine uses."""
        text = " ".join(sentence for sentence in sentences if sentence)
        if not text:
            return []
        return [("AF", text if self._messages.screen else None), ("AG", text if self._messages.print else None)]

    def day(self, time: datetime, zone: tzinfo) -> str:
        """Return a day in the format of the language."""
        local = time.astimezone(zone)
        return local.strftime("%d/%m/%Y" if self.language == "fr" else "%d %b %Y")


class _Figures(dict[str, str]):
    """The figures of a sentence; a missing one leaves its placeholder."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
