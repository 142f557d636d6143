"""Access tokens: signed with ES256 by one service, checked offline by all. The only package that speaks JOSE."""

from shared.tokens.assertions import Assertion, AssertionVerifier
from shared.tokens.held_rights import write_rights
from shared.tokens.keys import MOST_KEYS, JwksKeys, KeyTable, StaticKeys, usable_keys
from shared.tokens.revoked import RevokedSessions
from shared.tokens.signing import ALGORITHM, TOKEN_TYPE, SigningKey, sign
from shared.tokens.verifying import Principal, TokenRejected, TokenVerifier, Verifier

__all__ = [
    "ALGORITHM",
    "MOST_KEYS",
    "TOKEN_TYPE",
    "Assertion",
    "AssertionVerifier",
    "JwksKeys",
    "KeyTable",
    "Principal",
    "RevokedSessions",
    "SigningKey",
    "StaticKeys",
    "TokenRejected",
    "TokenVerifier",
    "Verifier",
    "sign",
    "usable_keys",
    "write_rights",
]
