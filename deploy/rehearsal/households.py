"""Made-up members, household by household: children share an address, and often a mailbox, with parents."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from deploy.rehearsal.sizes import RehearsedLibrary
from deploy.rehearsal.stock import RehearsedStock
from deploy.rehearsal.words import Frequent, luhn_number, made_up

_GIVEN_NAMES = (
    *("Ada", "Ali", "Ana", "Aylin", "Béla", "Björn", "Chloé", "Daniel", "Dorothea", "Elif", "Emma", "Farid", "Finn"),
    *("Grace", "Hana", "Ines", "Ivan", "Jürgen", "Kofi", "Léa", "Lukas", "Łucja", "Maria", "Mehmet", "Mei", "Noah"),
    *("Olga", "Paul", "Quentin", "Rosa", "Samira", "Søren", "Tomás", "Uwe", "Valérie", "Wanda", "Xin", "Yusuf", "Zoë"),
)
_STREETS = ("Mill Lane", "Station Road", "Church Street", "Am Markt", "Rue du Moulin", "Lindenallee", "High Street")
_SIZES = (1, 1, 1, 2, 2, 3, 4, 5)
_EXPIRED, _SUSPENDED, _WITH_NOTE, _NO_MAILBOX = 0.08, 0.005, 0.03, 0.15


class Households:
    """Who may use the library. Member number n has the card of number n."""

    def __init__(self, library: RehearsedLibrary, stock: RehearsedStock) -> None:
        self._library = library
        self._stock = stock

    def card(self, number: int) -> str:
        return luhn_number("28", number, digits=11)

    def members(self) -> Iterator[dict[str, Any]]:
        """Return every member as members imports them from JSON; a household stands together, parents first."""
        number = 0
        while number < self._library.members:
            rng = self._library.rng("household", number)
            size = min(rng.choice(_SIZES), self._library.members - number)
            yield from self._household(rng, range(number, number + size))
            number += size

    def _household(self, rng: Random, numbers: range) -> Iterator[dict[str, Any]]:
        family = self._family.draw(rng)
        address = {
            "street": f"{rng.choice(_STREETS)} {rng.randrange(1, 140)}",
            "postal_code": f"{rng.randrange(10_000, 99_999)}",
            "city": "Librarytown",
            "country": "AT",
        }
        mailbox = None if rng.random() < _NO_MAILBOX else f"reader{numbers[0]}@readers.example"
        shared = {"family_name": family, "address": address, "home_branch": self._stock.branch_code(rng)}
        for place, number in enumerate(numbers):
            is_child = place >= 2
            member = self._person(self._library.rng("member", number), number, is_child=is_child)
            email = mailbox if is_child or place == 0 or mailbox is None else f"reader{number}@readers.example"
            guardians = [{"card_number": self.card(numbers[0]), "may": ["see", "collect", "pay"]}]
            more = {"email": email} if email else {}
            yield member | shared | more | ({"guardians": guardians} if is_child else {})

    def _person(self, rng: Random, number: int, *, is_child: bool) -> dict[str, Any]:
        today = self._library.on
        age = rng.randrange(4, 14) if is_child else min(95, 19 + int(rng.expovariate(1 / 25)))
        category = "child" if is_child else "senior" if age >= 66 else rng.choice(("adult",) * 8 + ("student", "staff"))
        expires = today + timedelta(days=rng.randrange(1, 360))
        member: dict[str, Any] = {
            "external_id": f"p{number:07}",
            "card_number": self.card(number),
            "given_name": rng.choice(_GIVEN_NAMES),
            "category": category,
            "date_of_birth": date(today.year - age - 1, rng.randrange(1, 13), rng.randrange(1, 29)).isoformat(),
            "joined_on": (today - timedelta(days=rng.randrange(1, 365 * min(age, 20)))).isoformat(),
            "language": rng.choice(("en", "de", "fr")),
            "expires_on": (expires - timedelta(days=400) if rng.random() < _EXPIRED else expires).isoformat(),
        }
        if rng.random() < 0.7:
            member["mobile"] = f"+43 660 {rng.randrange(1_000_000, 9_999_999)}"
        if rng.random() < _SUSPENDED:
            member["suspended_until"] = (today + timedelta(days=30)).isoformat()
        if rng.random() < _WITH_NOTE:
            member["notes"] = [{"text": "Asks for large print.", "show_at_desk": True}]
        if rng.random() < self._library.pins:
            member["pin"] = f"{rng.randrange(10_000):04}"
        return member

    @cached_property
    def _family(self) -> Frequent:
        names = made_up(4_000, seed=f"{self._library.seed} families")
        return Frequent([name.capitalize() for name in names], flat=50)
