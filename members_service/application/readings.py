"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from members_service.domain.card_number import CardNumber
from members_service.domain.email import Email
from members_service.domain.password import check_length

READ_CARD_NUMBER = CardNumber.parse
READ_EMAIL = Email.parse
READ_LENGTH_OF_PASSWORD = check_length
