"""Traits by which members are found, although they are sealed.

They are the words of the preferred name, the day of birth, the town, and attributes of the library's own.
"""

from collections.abc import Iterator
from datetime import date

from members_service.domain.membership.name import words_of
from members_service.domain.membership.personal_details import PersonalDetails


def traits_of(details: PersonalDetails) -> frozenset[str]:
    """Return the traits of a member, each as one text."""
    return frozenset(_traits(details))


def born_on(day: date) -> str:
    """Return the trait of those born on that day."""
    return f"born\n{day.isoformat()}"


def living_in(city: str) -> str:
    """Return the trait of those with an address in that town, whatever the case and accents of its name."""
    return f"city\n{' '.join(sorted(words_of(city)))}"


def called(word: str) -> str:
    """Return the trait of those in whose preferred name this word is, as `words_of` has it."""
    return f"called\n{word}"


def with_attribute(name: str, value: object) -> str:
    """Return the trait of those with this attribute, whatever the case of a text."""
    text = str(value).casefold().strip()
    return f"attribute\n{name}\n{text}"


def _traits(details: PersonalDetails) -> Iterator[str]:
    yield from map(called, words_of(details.preferred_name or ""))
    if details.date_of_birth is not None:
        yield born_on(details.date_of_birth)
    for address in (details.address, details.second_address):
        if address is not None and address.city and words_of(address.city):
            yield living_in(address.city)
    for name, value in details.attributes.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, str | int | float):
                yield with_attribute(name, one)
