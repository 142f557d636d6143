"""Files in the inner rooms are named by a concept, a verb or a resource, never by their kind."""

from tests.architecture.checkout import ROOT

KINDS = {
    "common", "constants", "entities", "exceptions", "helpers", "models", "rules", "schemas", "services", "utils",
    "value_objects",
}  # fmt: skip


def test_no_file_is_named_by_its_kind() -> None:
    files = [file for room in ("domain", "application", "api") for file in ROOT.glob(f"*_service/{room}/**/*.py")]

    assert files
    assert [] == [str(file.relative_to(ROOT)) for file in files if file.stem in KINDS]
