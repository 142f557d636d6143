"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from members_service.domain.email import Email

READ_EMAIL = Email.parse
