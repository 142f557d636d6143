"""Save ways to import, and start an import by one."""

from dataclasses import dataclass, replace

from shared.kernel.errors import refuses
from shared.kernel.file_records import FormatNotSupported, InvalidMapping
from shared.kernel.import_profiles import ImportProfile, ImportProfiles, ImportRules, InvalidMatch, InvalidProtect
from shared.kernel.imports import Check, Start


@refuses(InvalidMapping, InvalidMatch, InvalidProtect, FormatNotSupported)
@dataclass(frozen=True, slots=True)
class SaveProfile:
    """Save how files of one kind are imported, under a name.

    - An import that names it reads its file so; what the import says itself counts instead.
    - An import that is queued or running keeps what it was started with.
    """

    profiles: ImportProfiles
    check: Check

    async def __call__(self, profile: ImportProfile, *, in_place_of: int | None) -> ImportProfile:
        """Return it as it was saved. Raises OutOfDate."""
        rules = ImportRules(profile.match, profile.protect)
        self.check(Start(profile.what, profile.format, profile.mapping, rules=rules))
        return await self.profiles.put(profile, in_place_of=in_place_of)


def started_by(saved: ImportProfile | None, explicit: Start) -> Start:
    """Return how to import: as is said, and where nothing is, as the saved profile does."""
    if saved is None:
        return explicit
    rules = ImportRules(explicit.rules.match or saved.match, explicit.rules.protect or saved.protect)
    what, format = explicit.what or saved.what, explicit.format or saved.format
    return replace(explicit, what=what, format=format, mapping=explicit.mapping or saved.mapping, rules=rules)
