"""The attributes of members in a library that has decided on none."""

from collections.abc import Mapping
from typing import Any

from members_service.domain.membership.personal_details import InvalidAttributes


class NoAttributes:
    """Implements `AttributeRules`."""

    def check(self, attributes: Mapping[str, Any]) -> None:
        if attributes:
            raise InvalidAttributes("attributes", "it has decided on none")
