"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from members_service.domain.identity.password import check_length

READ_LENGTH_OF_PASSWORD = check_length
