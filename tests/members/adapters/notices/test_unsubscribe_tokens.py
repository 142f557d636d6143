"""Tokens that end notices of a kind."""

from uuid import UUID

import pytest

from members_service.adapters.notices.unsubscribe_tokens import UnsubscribeTokens
from members_service.application.notices.preferences.unsubscribe import InvalidUnsubscribeToken, Unsubscription
from members_service.domain.notices.kinds import NoticeKind

ADA = UUID(int=1)
KINDS = (NoticeKind.DUE_SOON, NoticeKind.DUE_TODAY)
TOKENS = UnsubscribeTokens(lambda: b"a secret")


def test_a_token_says_whose_notices_of_which_kinds_end() -> None:
    token = TOKENS.token_for(ADA, KINDS)
    assert TOKENS.read(token) == Unsubscription(ADA, KINDS)
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_token_that_nobody_signed_is_refused_invalid_unsubscribe_token() -> None:
    token = TOKENS.token_for(ADA, KINDS)
    altered = ("B" if token[0] == "A" else "A") + token[1:]
    elsewhere = UnsubscribeTokens(lambda: b"another secret").token_for(ADA, KINDS)
    for wrong in ("", "x", "é", token[:-2], altered, elsewhere, token + "AAAA"):
        with pytest.raises(InvalidUnsubscribeToken):
            TOKENS.read(wrong)
