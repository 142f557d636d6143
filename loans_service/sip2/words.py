"""What a machine shows and prints, in the language of whoever stands before it."""

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from loans_service.sip2.accounts import Account

LANGUAGES = {"001": "en", "002": "fr"}
"""The standard's numbers of the languages that are spoken here."""

WORDS: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))


class Speech:
    """What is told to one machine in one language; its account may have words of its own."""

    def __init__(self, account: Account, number: str = "000") -> None:
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
        """Return refusals in words: ours where there are any in this language, else the service's own."""
        return " ".join(dict.fromkeys(self._sentence(refusal) for refusal in refusals))

    def _sentence(self, refusal: dict[str, Any]) -> str:
        code = str(refusal.get("code", ""))
        if code in self._messages.words or code in WORDS[self.language]:
            return self.say(code)
        return str(refusal.get("detail") or "") if self.language == "en" else self.say("other")

    def quote(self, text: str | None) -> str:
        """Return what a service says by itself, where that is the language spoken here."""
        return text if text and self.language == "en" else ""

    def screen_fields(self, *sentences: str) -> list[tuple[str, str | None]]:
        """Return the fields AF and AG, as the machine wants them."""
        text = " ".join(sentence for sentence in sentences if sentence)
        if not text:
            return []
        return [("AF", text if self._messages.screen else None), ("AG", text if self._messages.print else None)]

    def day(self, time: datetime, zone: tzinfo) -> str:
        """Return a day as people write it."""
        local = time.astimezone(zone)
        return local.strftime("%d/%m/%Y" if self.language == "fr" else "%d %b %Y")


class _Figures(dict[str, str]):
    """Figures of a sentence; one that is not there stays as it is written."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
