"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from members_service.domain.membership.card_number import CardNumber

READ_CARD_NUMBER = CardNumber.parse
