"""Who may call what in members: a row for each operation, by its id. A route without a row does not start."""

from shared.web.auth import AccessTable, Anyone, OwnOr, Person, ScopeOf, Unchecked

_ADMIN = ScopeOf("admin")
_DESK = ScopeOf("members:write")
_READING = ScopeOf("members:read")

ACCESS: AccessTable = {
    # memberships
    "enrol_member": _DESK,
    "list_members": _READING,
    "get_member": OwnOr("members:read", by_pin=True),
    "get_me": OwnOr(by_pin=True),
    "list_my_wards": OwnOr(by_pin=True),
    "get_guardian": ScopeOf("members:standing"),  # services
    "get_standing": ScopeOf("members:standing"),  # services
    "get_standings": ScopeOf("members:standing"),  # services
    "change_me": OwnOr(),
    "change_member": _DESK,
    "renew_membership": _DESK,
    "replace_card": _DESK,
    "stop_card": _DESK,
    "list_cards": OwnOr("members:read"),
    "get_card": _READING,
    "list_history": OwnOr("members:read"),
    "list_categories": Anyone(),
    "put_categories": _ADMIN,
    "list_duplicates": _DESK,
    "merge_members": _DESK,
    "verify_pin": ScopeOf("members:verify"),  # machines
    "change_my_pin": OwnOr(by_pin=True),
    "set_pin": _DESK,
    # personal data
    "begin_my_erasure": OwnOr(),
    "begin_erasure": _ADMIN,
    "export_person": OwnOr("admin"),
    # files of members
    "start_member_import": _ADMIN,
    "list_member_imports": _ADMIN,
    "get_member_import": _ADMIN,
    "undo_member_import": _ADMIN,
    "list_member_import_profiles": _ADMIN,
    "get_member_import_profile": _ADMIN,
    "put_member_import_profile": _ADMIN,
    "remove_member_import_profile": _ADMIN,
    # blocks
    "suspend_member": _DESK,
    "reinstate_member": _DESK,
    "block_member": _DESK,
    "list_blocks": _READING,
    "lift_block": _DESK,
    # messages for the desk
    "write_desk_message": _DESK,
    "list_desk_messages": _READING,
    "read_desk_message": _DESK,
    "finish_desk_message": _DESK,
    # accounts
    "create_account": _ADMIN,
    "list_accounts": _ADMIN,
    "get_account": _ADMIN,
    "change_account": _ADMIN,
    "reset_account_password": _ADMIN,
    "reset_member_password": _DESK,
    "get_my_account": Person(),
    "change_my_password": Person(),
    "recover_password": ScopeOf("members:recover"),
    # second factors
    "offer_second_factor": Person(),
    "confirm_second_factor": Person(),
    "draw_recovery_codes": Person(),
    "turn_second_factor_off": Person(),
    "remove_second_factor": _ADMIN,
    # sessions
    "list_sessions": Person(),
    "end_session": Person(),
    # the audit trail
    "list_audit_records": _ADMIN,
    # what comes before a token
    "activate_account": Unchecked(),
    "use_recovery": Unchecked(),
    "show_sign_in_page": Unchecked(),
    "sign_in_on_page": Unchecked(),
    "get_token": Unchecked(),
    "revoke_token": Unchecked(),
    "list_revocations": Unchecked(),
    "get_public_keys": Unchecked(),
    "get_authorization_server": Unchecked(),
}

SERVICE_SCOPES = frozenset({"members:standing"})
"""The scopes that only services of the library hold: places are kept for them."""
