"""Content negotiation by `Accept` and `Accept-Language` (RFC 9110, 12.5)."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

_MOST_READ = 500
_MOST_RANGES = 32  # browsers send ten; work before a request has a slot must be cheap
_RANGE = re.compile(r"\s*+([!#$%&'*+.^_`|~0-9A-Za-z-]++/[!#$%&'*+.^_`|~0-9A-Za-z-]++)\s*+((?:;[^,]*+)?+)")
_LANGUAGE = re.compile(r"\s*+([A-Za-z0-9-]++|\*)\s*+((?:;[^,]*+)?+)")
_WEIGHT = re.compile(r";\s*+q\s*+=\s*+([01](?:\.[0-9]{0,3})?+)\s*+(?=;|$)", re.IGNORECASE)
_ANY_WEIGHT = re.compile(r";\s*+q\s*+=", re.IGNORECASE)


@lru_cache(maxsize=256)
def accepts(accepted: str, media_type: str) -> bool:
    """Return whether a client that sends this `Accept` accepts a media type. An unreadable header accepts any."""
    kind = media_type.partition("/")[0]
    weights: dict[str, float] = {}
    for each, weight in _weighted(accepted, _RANGE):
        weights[each] = max(weight, weights.get(each, 0.0))
    for pattern in (media_type, f"{kind}/*", "*/*"):  # the most specific counts
        if pattern in weights:
            return weights[pattern] > 0
    return not weights


def best_of(accepted: str, media_types: Sequence[str]) -> str | None:
    """Return which of ours a client that sends this `Accept` likes best, the first of equals; None: it accepts none."""
    named = dict(_weighted(accepted, _RANGE))
    fit = [each for each in media_types if accepts(accepted, each)]
    return max(fit, key=lambda each: named.get(each, 0.0), default=None)


def language_of(accepted: str, ours: Collection[str], otherwise: str) -> str:
    """Return which of our languages a client that sends this `Accept-Language` prefers."""
    best, liked = otherwise, 0.0
    for tag, weight in _weighted(accepted, _LANGUAGE):
        language = otherwise if tag == "*" else tag.partition("-")[0]
        if language in ours and weight > liked:
            best, liked = language, weight
    return best


def _weighted(accepted: str, form: re.Pattern[str]) -> Iterator[tuple[str, float]]:
    for part in accepted[:_MOST_READ].split(",", _MOST_RANGES)[:_MOST_RANGES]:
        found = form.fullmatch(part)
        if found is not None:
            yield found[1].lower(), _weight_in(found[2]) if found[2] else 1.0


def _weight_in(parameters: str) -> float:
    weight = _WEIGHT.search(parameters)
    if weight is not None:
        return min(1.0, float(weight[1]))
    return 0.0 if _ANY_WEIGHT.search(parameters) else 1.0
