"""Who may call what in members: a row for each operation, by its id. A route without a row does not start."""

from members_service.domain.rights import (
    ACCOUNTS,
    ASK_STANDING,
    AUDIT,
    BLOCK_MEMBERS,
    CATEGORIES,
    CHANGE_MEMBERS,
    CONSISTENCY,
    ERASE,
    HAND_OUT_PERSON,
    IMPORT_MEMBERS,
    MERGE_MEMBERS,
    NOTICES,
    RECOVER,
    SEE_CONTACTS,
    SEE_MEMBERS,
    STATISTICS,
    VERIFY_PINS,
)
from shared.web.auth import (
    WHOLE_LIBRARY,
    AccessTable,
    AllRightsTo,
    Anyone,
    OwnOr,
    Person,
    Place,
    RightTo,
    Unchecked,
    anywhere,
)

_OF_MEMBERSHIP = anywhere("a membership is good in all, and every desk sees to it")
_OF_ROLES = anywhere("roles are of none")
_LISTED = anywhere("it is only told what can be asked for")
_DESK = RightTo(CHANGE_MEMBERS, at=_OF_MEMBERSHIP)
_READING = RightTo(SEE_MEMBERS, at=_OF_MEMBERSHIP)
_BLOCKING = RightTo(BLOCK_MEMBERS, at=_OF_MEMBERSHIP)
_IMPORTING = RightTo(IMPORT_MEMBERS)
_NOTICES = RightTo(NOTICES)
_OF_BLOCK = Place("in the branch of the block; for a block of all, in any")
_GRANTED = Place("in each branch for which it is granted")
_OF_FIGURES = Place("in the branch of the query; without one, in all")
_ACCOUNTS = RightTo(ACCOUNTS, at=WHOLE_LIBRARY)

ACCESS: AccessTable = {
    # memberships
    "enrol_member": _DESK,
    "list_members": _READING,
    "get_member": OwnOr(SEE_MEMBERS, by_pin=True, at=_OF_MEMBERSHIP),
    "get_me": OwnOr(by_pin=True),
    "list_my_wards": OwnOr(by_pin=True),
    "get_guardian": RightTo(ASK_STANDING),  # services
    "get_standing": RightTo(ASK_STANDING),  # services
    "get_standings": RightTo(ASK_STANDING),  # services
    "change_me": OwnOr(),
    "renew_my_membership": OwnOr(),
    "change_member": _DESK,
    "renew_membership": _DESK,
    "apply_for_membership": RightTo(RECOVER),  # the library's website
    "confirm_application": Anyone(),
    "list_applications": RightTo(SEE_CONTACTS, at=_OF_MEMBERSHIP),
    "accept_application": _DESK,
    "reject_application": _DESK,
    "put_photo": _DESK,
    "get_photo": OwnOr(SEE_MEMBERS, at=_OF_MEMBERSHIP),
    "remove_photo": _DESK,
    "replace_card": _DESK,
    "stop_card": _DESK,
    "list_cards": OwnOr(SEE_MEMBERS, at=_OF_MEMBERSHIP),
    "print_member_cards": _DESK,
    "get_card": _READING,
    "list_history": OwnOr(SEE_MEMBERS, at=_OF_MEMBERSHIP),
    "list_categories": Anyone(),
    "put_categories": RightTo(CATEGORIES),
    "list_duplicates": RightTo(MERGE_MEMBERS, at=_OF_MEMBERSHIP),
    "merge_members": RightTo(MERGE_MEMBERS, at=_OF_MEMBERSHIP),
    "verify_pin": RightTo(VERIFY_PINS),  # machines
    "change_my_pin": OwnOr(by_pin=True),
    "set_pin": _DESK,
    # personal data
    "begin_my_erasure": OwnOr(),
    "begin_erasure": RightTo(ERASE),
    "export_person": OwnOr(HAND_OUT_PERSON),
    # files of members
    "start_member_import": _IMPORTING,
    "list_member_imports": _IMPORTING,
    "get_member_import": _IMPORTING,
    "undo_member_import": AllRightsTo(IMPORT_MEMBERS, ERASE),
    "list_member_import_profiles": _IMPORTING,
    "get_member_import_profile": _IMPORTING,
    "put_member_import_profile": _IMPORTING,
    "remove_member_import_profile": _IMPORTING,
    # blocks
    "suspend_member": _BLOCKING,
    "reinstate_member": _BLOCKING,
    "block_member": RightTo(BLOCK_MEMBERS, at=_OF_BLOCK),
    "list_blocks": _READING,
    "lift_block": RightTo(BLOCK_MEMBERS, at=_OF_BLOCK),
    # working lists
    "list_member_lists": _READING,
    "get_list_memberships_ending": _READING,
    "get_list_coming_of_age": RightTo(SEE_CONTACTS, at=_OF_MEMBERSHIP),
    "get_list_bounced_addresses": RightTo(SEE_CONTACTS, at=_OF_MEMBERSHIP),
    "get_list_duplicate_members": RightTo(MERGE_MEMBERS, at=_OF_MEMBERSHIP),
    # notices
    "list_notice_kinds": _NOTICES,
    "get_notice_template": _NOTICES,
    "put_notice_template": _NOTICES,
    "remove_notice_template": _NOTICES,
    "list_notice_template_versions": _NOTICES,
    "preview_notice": _NOTICES,
    "get_my_notice_preferences": OwnOr(),
    "change_my_notice_preferences": OwnOr(),
    "get_notice_preferences": OwnOr(SEE_MEMBERS, at=_OF_MEMBERSHIP),
    "change_notice_preferences": _DESK,
    "get_notice_defaults": _NOTICES,
    "put_notice_defaults": _NOTICES,
    "apply_notice_defaults": _NOTICES,
    "order_letters": _NOTICES,
    "list_letter_batches": _NOTICES,
    "print_letters": _NOTICES,
    "show_unsubscribe_page": Unchecked(),
    "unsubscribe_by_link": Unchecked(),
    # notices that are sent
    "get_notice_settings": RightTo(NOTICES),
    "list_notice_settings_versions": RightTo(NOTICES),
    "put_notice_settings": Person(NOTICES),
    "list_messages": RightTo(NOTICES),
    "list_my_messages": OwnOr(),
    "repeat_message": RightTo(NOTICES),
    "list_notices": RightTo(NOTICES),
    "forecast_notices": RightTo(NOTICES),
    "note_bounce": RightTo(NOTICES),
    # figures
    "list_statistics_of_members": RightTo(STATISTICS, at=_LISTED),
    "get_statistics_of_members": RightTo(STATISTICS, at=_OF_FIGURES),
    "recount_statistics_of_members": RightTo(CONSISTENCY),
    "get_recount_of_members": RightTo(CONSISTENCY),
    # messages for the desk
    "write_desk_message": _DESK,
    "list_desk_messages": _READING,
    "read_desk_message": _DESK,
    "finish_desk_message": _DESK,
    # accounts
    "create_account": _ACCOUNTS,
    "list_accounts": _ACCOUNTS,
    "get_account": _ACCOUNTS,
    "change_account": _ACCOUNTS,
    "reset_account_password": _ACCOUNTS,
    "reset_member_password": _DESK,
    "get_my_account": Person(),
    "get_my_desk_key": Person(),
    "change_my_password": Person(),
    "recover_password": RightTo(RECOVER),
    # rights
    "list_rights": Anyone(),
    "list_my_rights": Person(),
    "explain_right": _ACCOUNTS,
    "export_rights_matrix": _ACCOUNTS,
    "import_rights_matrix": _ACCOUNTS,
    "list_roles": RightTo(ACCOUNTS, at=_OF_ROLES),
    "get_role": RightTo(ACCOUNTS, at=_OF_ROLES),
    "put_role": _ACCOUNTS,
    "remove_role": _ACCOUNTS,
    "list_grants": RightTo(ACCOUNTS, at=_OF_ROLES),
    "grant_role": RightTo(ACCOUNTS, at=_GRANTED),
    "revoke_role": RightTo(ACCOUNTS, at=_GRANTED),
    # second factors
    "offer_second_factor": Person(),
    "confirm_second_factor": Person(),
    "draw_recovery_codes": Person(),
    "turn_second_factor_off": Person(),
    "remove_second_factor": _ACCOUNTS,
    # passkeys
    "offer_passkey": Person(),
    "add_passkey": Person(),
    "list_passkeys": Person(),
    "rename_passkey": Person(),
    "remove_passkey": Person(),
    # sessions
    "list_sessions": Person(),
    "end_session": Person(),
    # identity providers
    "list_identity_providers": _ACCOUNTS,
    "get_identity_provider": _ACCOUNTS,
    "put_identity_provider": _ACCOUNTS,
    "remove_identity_provider": _ACCOUNTS,
    "try_identity_provider": _ACCOUNTS,
    "begin_at_provider": Unchecked(),
    "come_back_from_provider": Unchecked(),
    "log_out_at_provider": Unchecked(),
    # the audit trail
    "list_audit_records": RightTo(AUDIT),
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
