"""An e-mail address in a body, as every concept takes it."""

from typing import Annotated

from pydantic import Field

from members_service.domain.email import Email
from shared.web.json.strict_json import line, read_by

EmailAddress = Annotated[str, line(254), read_by(Email.parse), Field(json_schema_extra={"format": "email"})]
