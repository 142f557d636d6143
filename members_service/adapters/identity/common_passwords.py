"""The passwords that many people use, from the frequency lists of the package zxcvbn (MIT licence)."""

from collections.abc import Container, Iterable, Mapping
from functools import cache, cached_property
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from members_service.domain.identity.password import SHORTEST_PASSWORD, PasswordRules

_PACKAGE, _FILE = "zxcvbn", "frequency_lists.py"
_PASSWORDS = "passwords"


@cache
def password_rules() -> PasswordRules:
    """Return the rules for new passwords; all share one list."""
    return PasswordRules(CommonPasswords())


class CommonPasswords(Container[str]):
    """30,000 passwords of published leaks, and the words that are long enough to be one, all in lower case.

    They are read at the first lookup and cached as one text of some 350 kB: a set would take ten times that, and a
    lookup is rare, and a thousand times cheaper than hashing the password.
    """

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and "\n" not in word and f"\n{word}\n" in self._text

    def __len__(self) -> int:
        return len(self.words())

    def words(self) -> list[str]:
        """Return all of them."""
        return self._text.split()

    @cached_property
    def _text(self) -> str:
        lists = _frequency_lists()
        long = (word for words in lists.values() for word in words if len(word) >= SHORTEST_PASSWORD)
        found = {word.casefold() for word in (*lists[_PASSWORDS], *long)}
        return "\n".join(("", *sorted(found), ""))


def _frequency_lists() -> Mapping[str, Iterable[str]]:
    """Read the lists, and nothing else: importing the package itself would build all its tables, and keep them."""
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(f"The package {_PACKAGE} is not installed; it has the list of common passwords.")
    lists = spec_from_file_location(f"{_PACKAGE}_lists", Path(package.origin).with_name(_FILE))
    if lists is None or lists.loader is None:
        raise ModuleNotFoundError(f"The package {_PACKAGE} has no {_FILE}.")
    module = module_from_spec(lists)
    lists.loader.exec_module(module)
    found: Mapping[str, Iterable[str]] = module.FREQUENCY_LISTS
    return found
