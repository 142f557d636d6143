"""What every route answers to every kind of caller: written by hand, and apart from the code's own table.

A cell says what the caller gets: `in` means past the gate, whatever the library then answers; `401`, `403` and `404`
are refusals, where `404` is the answer to somebody else's thing, just as to a thing that nobody has.

`{ada}`, `{loan}` and the like stand for ids of things that belong to Ada, `{book}` and the like for things of the
library, `{no}` for an id that nothing has.
"""

from dataclasses import dataclass

from tests.end_to_end import who_may_figures, who_may_notices

CALLERS = ("nobody", "old", "bad", "ada", "ben", "librarian", "admin", "loans", "kiosk", "guest")
"""No token; a token that has ended; one that somebody else signed; the member whose things these are; another member;
staff; the loans service; a self-check kiosk with `loans:write`; a service without any scope."""

WITH_A_PIN = {
    "get_member", "get_me", "list_my_wards", "change_my_pin",
    "check_out_copy", "get_loan", "renew_loan", "get_borrower", "get_fine",
    "place_hold", "explain_hold", "list_pickup_branches", "get_hold", "cancel_hold", "revise_hold", "suspend_hold",
    "resume_hold", "renew_loans", "suspend_holds",
}  # fmt: skip
"""What Ada gets at besides what is everybody's, when she has proved who she is by card and PIN alone."""

WITH_A_PIN_AND = {
    "list_my_loans": ("status=open", "status=returned"),
    "list_my_holds": ("status=active", "status=fulfilled"),
    "list_my_fines": ("status=owed", "status=paid"),
}
"""What she gets at only if she asks for what is open, and what she does not."""

BOOKS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
list_books                 GET    /v1/books                           in 401 401  in  in    in    in    in    in    in
browse_headings            GET    /v1/browse/authors                  in 401 401  in  in    in    in    in    in    in
browse_shelf_marks         GET    /v1/browse/shelf-marks              in 401 401  in  in    in    in    in    in    in
get_book                   GET    /v1/books/{book}                    in 401 401  in  in    in    in    in    in    in
add_book                   POST   /v1/books                          401 401 401 403 403    in    in   403   403   403
replace_book               PUT    /v1/books/{book}                   401 401 401 403 403    in    in   403   403   403
revise_book                PATCH  /v1/books/{book}                   401 401 401 403 403    in    in   403   403   403
remove_book                DELETE /v1/books/{no}                     401 401 401 403 403    in    in   403   403   403
get_marc_of_book           GET    /v1/books/{book}/marc               in 401 401  in  in    in    in    in    in    in
replace_marc_of_book       PUT    /v1/books/{book}/marc              401 401 401 403 403    in    in   403   403   403
get_history_of_book        GET    /v1/books/{book}/history           401 401 401 403 403    in    in   403   403   403
get_lendability_of_book    GET    /v1/books/{book}/lendability       401 401 401 403 403   403   403    in   403   403
list_lendable_copies       GET    /v1/books/{book}/lendable-copies   401 401 401 403 403   403   403    in   403   403
list_copies_of_book        GET    /v1/books/{book}/copies             in 401 401  in  in    in    in    in    in    in
add_copy                   POST   /v1/books/{book}/copies            401 401 401 403 403    in    in   403   403   403
list_authorities           GET    /v1/authorities                     in 401 401  in  in    in    in    in    in    in
get_authority              GET    /v1/authorities/{no}                in 401 401  in  in    in    in    in    in    in
add_authority              POST   /v1/authorities                    401 401 401 403 403    in    in   403   403   403
revise_authority           PATCH  /v1/authorities/{no}               401 401 401 403 403    in    in   403   403   403
merge_authority            POST   /v1/authorities/{no}/merge         401 401 401 403 403    in    in   403   403   403
get_history_of_authority   GET    /v1/authorities/{no}/history       401 401 401 403 403    in    in   403   403   403
find_copy                  GET    /v1/copies?barcode=1                in 401 401  in  in    in    in    in    in    in
get_copy                   GET    /v1/copies/{copy}                   in 401 401  in  in    in    in    in    in    in
change_copy_status         POST   /v1/copies/{copy}/status           401 401 401 403 403    in    in   403   403   403
revise_copy                PATCH  /v1/copies/{copy}                  401 401 401 403 403    in    in   403   403   403
get_history_of_copy        GET    /v1/copies/{copy}/history          401 401 401 403 403    in    in   403   403   403
print_labels               POST   /v1/labels                         401 401 401 403 403    in    in   403   403   403
list_availability          GET    /v1/copies/availability            401 401 401 403 403   403   403    in   403   403
get_lendability_of_copy    GET    /v1/copies/lendability             401 401 401 403 403   403   403    in   403   403
list_branches              GET    /v1/branches                        in 401 401  in  in    in    in    in    in    in
get_branch                 GET    /v1/branches/MAIN                   in 401 401  in  in    in    in    in    in    in
add_branch                 POST   /v1/branches                       401 401 401 403 403    in    in   403   403   403
revise_branch              PATCH  /v1/branches/MAIN                  401 401 401 403 403    in    in   403   403   403
close_branch_for_good      POST   /v1/branches/MAIN/closure          401 401 401 403 403   403    in   403   403   403
list_imports               GET    /v1/imports                         401 401 401 403 403    in    in   403   403   403
list_import_profiles       GET    /v1/import-profiles                 401 401 401 403 403    in    in   403   403   403
get_import_profile         GET    /v1/import-profiles/none            401 401 401 403 403    in    in   403   403   403
put_import_profile         PUT    /v1/import-profiles/none            401 401 401 403 403    in    in   403   403   403
remove_import_profile      DELETE /v1/import-profiles/none            401 401 401 403 403    in    in   403   403   403
undo_import                POST   /v1/imports/{no}/undo               401 401 401 403 403    in    in   403   403   403
start_import               POST   /v1/imports                        401 401 401 403 403    in    in   403   403   403
export_books               GET    /v1/exports/books                  401 401 401 403 403    in    in   403   403   403
export_authorities         GET    /v1/exports/authorities            401 401 401 403 403    in    in   403   403   403
get_import                 GET    /v1/imports/{no}                   401 401 401 403 403    in    in   403   403   403
merge_book                 POST   /v1/books/{book}/merge              401 401 401 403 403    in    in   403   403   403
restore_book               POST   /v1/books/{no}/restore               401 401 401 403 403    in    in   403   403   403
list_duplicate_books       GET    /v1/books/duplicates                 401 401 401 403 403    in    in   403   403   403
get_availability_of_books  GET    /v1/books/availability               in 401 401  in  in    in    in    in    in    in
get_holdings               GET    /v1/books/holdings                   in 401 401  in  in    in    in    in    in    in
bind_copy                  POST   /v1/copies/{copy}/bound-with       401 401 401 403 403    in    in   403   403   403
unbind_copy                DELETE /v1/copies/{copy}/bound-with/{no}  401 401 401 403 403    in    in   403   403   403
remove_copy                DELETE /v1/copies/{no}                     401 401 401 403 403    in    in   403   403   403
change_copy_statuses       POST   /v1/copies/statuses                 401 401 401 403 403    in    in   403   403   403
get_lendability_of_copies  POST   /v1/copies/lendability              401 401 401 403 403   403   403    in   403   403
get_lendability_of_books   POST   /v1/books/lendability               401 401 401 403 403   403   403    in   403   403
list_subscriptions         GET    /v1/subscriptions                  401 401 401 403 403    in    in   403   403   403
get_subscription           GET    /v1/books/{book}/subscription      401 401 401 403 403    in    in   403   403   403
put_subscription           PUT    /v1/books/{book}/subscription      401 401 401 403 403    in    in   403   403   403
end_subscription           DELETE /v1/books/{book}/subscription      401 401 401 403 403    in    in   403   403   403
receive_issue              POST   /v1/books/{book}/issues            401 401 401 403 403    in    in   403   403   403
list_issues                GET    /v1/issues                         401 401 401 403 403    in    in   403   403   403
get_issue                  GET    /v1/issues/{no}                    401 401 401 403 403    in    in   403   403   403
print_routing_slips        GET    /v1/issues/{no}/routing-slips      401 401 401 403 403    in    in   403   403   403
revise_issue               PATCH  /v1/issues/{no}                    401 401 401 403 403    in    in   403   403   403
begin_inventory            POST   /v1/inventories                     401 401 401 403 403    in    in   403   403   403
note_scans                 POST   /v1/inventories/{no}/scans          401 401 401 403 403    in    in   403   403   403
get_inventory              GET    /v1/inventories/{no}                401 401 401 403 403    in    in   403   403   403
list_copies_of_inventory  GET /v1/inventories/{no}/copies?list=missing 401 401 401 403 403    in    in   403   403   403
list_unknown_barcodes      GET    /v1/inventories/{no}/unknown        401 401 401 403 403    in    in   403   403   403
list_external_targets      GET    /v1/external-targets                401 401 401 403 403    in    in   403   403   403
get_external_target        GET    /v1/external-targets/dnb            401 401 401 403 403    in    in   403   403   403
put_external_target        PUT    /v1/external-targets/dnb            401 401 401 403 403    in    in   403   403   403
remove_external_target     DELETE /v1/external-targets/dnb            401 401 401 403 403    in    in   403   403   403
search_external_target     POST   /v1/external-searches               401 401 401 403 403    in    in   403   403   403
export_copies              GET    /v1/exports/copies                  401 401 401 403 403    in    in   403   403   403
harvest_books              GET    /oai?verb=Identify                   in 401 401  in  in    in    in    in    in    in
harvest_books_by_form      POST   /oai                                 in 401 401  in  in    in    in    in    in    in
retrieve_records           GET    /sru?operation=explain              in 401 401  in  in    in    in    in    in    in
"""

MEMBERS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
enrol_member               POST   /v1/members                        401 401 401 403 403    in    in   403   403   403
list_members               GET    /v1/members                        401 401 401 403 403    in    in   403   403   403
get_member                 GET    /v1/members/{ada}                  401 401 401  in 404    in    in   403   403   403
get_me                     GET    /v1/members/me                     401 401 401  in  in   403    in   403   403   403
list_my_wards              GET    /v1/members/me/wards               401 401 401  in  in   403    in   403   403   403
get_guardian               GET    /v1/members/{ada}/guardians/{no}   401 401 401 403 403   403   403    in   403   403
change_me                  PATCH  /v1/members/me                     401 401 401  in  in   403    in   403   403   403
renew_my_membership        POST   /v1/members/me/renew               401 401 401 403 403   403    in   403   403   403
change_member              PATCH  /v1/members/{ada}                  401 401 401 403 403    in    in   403   403   403
renew_membership           POST   /v1/members/{ada}/renew            401 401 401 403 403    in    in   403   403   403
apply_for_membership       POST   /v1/applications                   401 401 401 403 403   403   403   403   403   403
confirm_application        POST   /v1/applications/confirm            in 401 401  in  in    in    in    in    in    in
list_applications          GET    /v1/applications                   401 401 401 403 403    in    in   403   403   403
accept_application         POST   /v1/applications/{no}/accept       401 401 401 403 403    in    in   403   403   403
reject_application         DELETE /v1/applications/{no}              401 401 401 403 403    in    in   403   403   403
put_photo                  PUT    /v1/members/{ada}/photo            401 401 401 403 403    in    in   403   403   403
get_photo                  GET    /v1/members/{ada}/photo            401 401 401  in 404    in    in   403   403   403
remove_photo               DELETE /v1/members/{ada}/photo            401 401 401 403 403    in    in   403   403   403
replace_card               POST   /v1/members/{ada}/cards            401 401 401 403 403    in    in   403   403   403
stop_card                  POST   /v1/members/{ada}/cards/{no}/stop  401 401 401 403 403    in    in   403   403   403
list_cards                 GET    /v1/members/{ada}/cards            401 401 401  in 404    in    in   403   403   403
get_card                   GET    /v1/cards/{no}                     401 401 401 403 403    in    in   403   403   403
print_member_cards         POST   /v1/member-cards                   401 401 401 403 403    in    in   403   403   403
list_history               GET    /v1/members/{ada}/history          401 401 401  in 404    in    in   403   403   403
list_categories            GET    /v1/categories                      in 401 401  in  in    in    in    in    in    in
begin_my_erasure           POST   /v1/members/me/erasure             401 401 401  in  in   403    in   403   403   403
begin_erasure              POST   /v1/members/{ada}/erasure          401 401 401 403 403   403    in   403   403   403
export_person              GET    /v1/members/{ada}/export           401 401 401  in 404   403    in   403   403   403
get_standing               GET    /v1/members/standing               401 401 401 403 403   403   403    in   403   403
get_standings              POST   /v1/members/standing               401 401 401 403 403   403   403    in   403   403
put_categories             PUT    /v1/categories                     401 401 401 403 403   403    in   403   403   403
list_duplicates            GET    /v1/members/duplicates             401 401 401 403 403    in    in   403   403   403
merge_members              POST   /v1/members/{no}/merge             401 401 401 403 403    in    in   403   403   403
verify_pin                 POST   /v1/members/verify                 401 401 401 403 403   403   403   403   403   403
change_my_pin              PUT    /v1/members/me/pin                 401 401 401  in  in   403    in   403   403   403
set_pin                    PUT    /v1/members/{ada}/pin              401 401 401 403 403    in    in   403   403   403
list_member_imports        GET    /v1/imports                         401 401 401 403 403   403    in   403   403   403
list_member_import_profiles GET    /v1/import-profiles                 401 401 401 403 403   403    in   403   403   403
get_member_import_profile  GET    /v1/import-profiles/none            401 401 401 403 403   403    in   403   403   403
put_member_import_profile  PUT    /v1/import-profiles/none            401 401 401 403 403   403    in   403   403   403
remove_member_import_profile DELETE /v1/import-profiles/none          401 401 401 403 403   403    in   403   403   403
undo_member_import         POST   /v1/imports/{no}/undo               401 401 401 403 403   403    in   403   403   403
start_member_import        POST   /v1/imports?format=json            401 401 401 403 403   403    in   403   403   403
get_member_import          GET    /v1/imports/{no}                   401 401 401 403 403   403    in   403   403   403
suspend_member             POST   /v1/members/{ada}/suspend          401 401 401 403 403    in    in   403   403   403
reinstate_member           POST   /v1/members/{ada}/reinstate        401 401 401 403 403    in    in   403   403   403
block_member               POST   /v1/members/{ada}/blocks           401 401 401 403 403    in    in   403   403   403
list_blocks                GET    /v1/members/{ada}/blocks           401 401 401 403 403    in    in   403   403   403
lift_block                 DELETE /v1/members/{ada}/blocks/{no}      401 401 401 403 403    in    in   403   403   403
write_desk_message         POST   /v1/members/{ada}/desk-messages    401 401 401 403 403    in    in   403   403   403
get_notice_settings        GET    /v1/notice-settings                401 401 401 403 403   403    in   403   403   403
list_notice_settings_versions GET /v1/notice-settings/versions       401 401 401 403 403   403    in   403   403   403
put_notice_settings        PUT    /v1/notice-settings                401 401 401 403 403   403    in   403   403   403
list_messages              GET    /v1/messages                       401 401 401 403 403   403    in   403   403   403
list_my_messages           GET    /v1/members/me/messages            401 401 401  in  in   403    in   403   403   403
repeat_message             POST   /v1/messages/{no}/repeat           401 401 401 403 403   403    in   403   403   403
list_notices               GET    /v1/notices                        401 401 401 403 403   403    in   403   403   403
forecast_notices           GET    /v1/notices/forecast               401 401 401 403 403   403    in   403   403   403
note_bounce                POST   /v1/bounces                        401 401 401 403 403   403    in   403   403   403
list_desk_messages         GET    /v1/members/{ada}/desk-messages    401 401 401 403 403    in    in   403   403   403
read_desk_message          POST   /v1/members/{ada}/desk-messages/{no}/read 401 401 401 403 403 in in  403   403   403
finish_desk_message        POST   /v1/members/{ada}/desk-messages/{no}/done 401 401 401 403 403 in in  403   403   403

list_rights                GET    /v1/rights                          in 401 401  in  in    in    in    in    in    in
list_my_rights             GET    /v1/accounts/me/rights               401 401 401  in  in    in    in   403   403   403
explain_right              POST   /v1/rights/explain                   401 401 401 403 403   403    in   403   403   403
export_rights_matrix       GET    /v1/rights/matrix                    401 401 401 403 403   403    in   403   403   403
import_rights_matrix       POST   /v1/rights/matrix?dry_run=true       401 401 401 403 403   403    in   403   403   403
list_roles                 GET    /v1/roles                            401 401 401 403 403   403    in   403   403   403
get_role                   GET    /v1/roles/desk                       401 401 401 403 403   403    in   403   403   403
put_role                   PUT    /v1/roles/desk                       401 401 401 403 403   403    in   403   403   403
remove_role                DELETE /v1/roles/none                       401 401 401 403 403   403    in   403   403   403
list_grants                GET    /v1/accounts/{no}/grants             401 401 401 403 403   403    in   403   403   403
grant_role                 PUT    /v1/accounts/{no}/grants/desk        401 401 401 403 403   403    in   403   403   403
revoke_role                DELETE /v1/accounts/{no}/grants/desk        401 401 401 403 403   403    in   403   403   403
list_accounts              GET    /v1/accounts                       401 401 401 403 403   403    in   403   403   403
create_account             POST   /v1/accounts                       401 401 401 403 403   403    in   403   403   403
get_account                GET    /v1/accounts/{no}                  401 401 401 403 403   403    in   403   403   403
change_account             PATCH  /v1/accounts/{no}                  401 401 401 403 403   403    in   403   403   403
reset_account_password     POST   /v1/accounts/{no}/password-reset   401 401 401 403 403   403    in   403   403   403
reset_member_password      POST   /v1/members/{ada}/password-reset   401 401 401 403 403    in    in   403   403   403
recover_password           POST   /v1/members/recovery                401 401 401 403 403   403   403   403   403   403
get_my_account             GET    /v1/accounts/me                    401 401 401  in  in    in    in   403   403   403
get_my_desk_key            GET    /v1/accounts/me/desk-key           401 401 401  in  in    in    in   403   403   403
change_my_password         PUT    /v1/accounts/me/password           401 401 401  in  in    in    in   403   403   403
offer_second_factor        POST   /v1/accounts/me/second-factor      401 401 401  in  in    in    in   403   403   403
confirm_second_factor      POST   /v1/accounts/me/second-factor/confirmation
                                                                     401 401 401  in  in    in    in   403   403   403
draw_recovery_codes        POST   /v1/accounts/me/second-factor/recovery-codes
                                                                     401 401 401  in  in    in    in   403   403   403
turn_second_factor_off     POST   /v1/accounts/me/second-factor/removal
                                                                     401 401 401  in  in    in    in   403   403   403
remove_second_factor       DELETE /v1/accounts/{no}/second-factor    401 401 401 403 403   403    in   403   403   403

offer_passkey              POST   /v1/accounts/me/passkeys/options   401 401 401  in  in    in    in   403   403   403
add_passkey                POST   /v1/accounts/me/passkeys           401 401 401  in  in    in    in   403   403   403
list_passkeys              GET    /v1/accounts/me/passkeys           401 401 401  in  in    in    in   403   403   403
rename_passkey             PATCH  /v1/accounts/me/passkeys/{no}      401 401 401  in  in    in    in   403   403   403
remove_passkey             DELETE /v1/accounts/me/passkeys/{no}      401 401 401  in  in    in    in   403   403   403

list_audit_records         GET    /v1/audit                          401 401 401 403 403   403    in   403   403   403

activate_account           POST   /v1/auth/activate                   in  in  in  in  in    in    in    in    in    in
use_recovery               POST   /v1/auth/recover                    in  in  in  in  in    in    in    in    in    in
show_sign_in_page          GET    /v1/auth/authorize                  in  in  in  in  in    in    in    in    in    in
sign_in_on_page            POST   /v1/auth/authorize                  in  in  in  in  in    in    in    in    in    in
get_token                  POST   /v1/auth/token                      in  in  in  in  in    in    in    in    in    in
list_revocations           GET    /v1/auth/revocations                in  in  in  in  in    in    in    in    in    in
list_identity_providers    GET    /v1/identity-providers               401 401 401 403 403   403    in   403   403   403
get_identity_provider      GET    /v1/identity-providers/none          401 401 401 403 403   403    in   403   403   403
put_identity_provider      PUT    /v1/identity-providers/none          401 401 401 403 403   403    in   403   403   403
remove_identity_provider   DELETE /v1/identity-providers/none          401 401 401 403 403   403    in   403   403   403
try_identity_provider      POST   /v1/identity-providers/none/try      401 401 401 403 403   403    in   403   403   403
begin_at_provider          GET    /v1/auth/providers/none/begin         in  in  in  in  in    in    in    in    in    in
come_back_from_provider    GET    /v1/auth/providers/none/callback      in  in  in  in  in    in    in    in    in    in
log_out_at_provider        POST   /v1/auth/providers/none/logout        in  in  in  in  in    in    in    in    in    in
list_sessions              GET    /v1/auth/sessions                  401 401 401  in  in    in    in   403   403   403
end_session                DELETE /v1/auth/sessions/{no}             401 401 401  in  in    in    in   403   403   403
revoke_token               POST   /v1/auth/revoke                     in  in  in  in  in    in    in    in    in    in
get_public_keys            GET    /.well-known/jwks.json              in  in  in  in  in    in    in    in    in    in
get_authorization_server   GET    /.well-known/oauth-authorization-server
                                                                      in  in  in  in  in    in    in    in    in    in
"""

LOANS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
check_out_copy             POST   /v1/loans                          401 401 401  in  in    in    in   403    in   403
list_loans                 GET    /v1/loans?member_id={ada}          401 401 401 403 403    in    in   403   403   403
list_my_loans              GET    /v1/loans/mine                     401 401 401  in  in   403    in   403   403   403
get_loan                   GET    /v1/loans/{loan}                   401 401 401  in 404    in    in   403   403   403
explain_check_out          POST   /v1/loans/decision                 401 401 401 403 403    in    in   403    in   403
get_borrower               GET    /v1/borrowers/{ada}                401 401 401  in 404    in    in   403   403   403
export_borrower            GET    /v1/borrowers/{ada}/export         401 401 401  in 404   403    in   403   403   403
return_copy                POST   /v1/returns                        401 401 401 403 403    in    in   403    in   403
get_loan_history           GET    /v1/loans/{loan}/history           401 401 401  in 404    in    in   403   403   403
renew_loan                 POST   /v1/loans/{loan}/renew             401 401 401  in 404    in    in   403    in   403
renew_loans                POST   /v1/loans/renewals                 401 401 401  in  in    in    in   403    in   403
change_due_dates           POST   /v1/loans/due-dates                401 401 401 403 403    in    in   403   403   403
change_due_date            POST   /v1/loans/{loan}/due-date          401 401 401 403 403    in    in   403   403   403
declare_lost               POST   /v1/loans/{loan}/declare-lost      401 401 401 403 403    in    in   403   403   403
claim_returned             POST   /v1/loans/{loan}/claim-returned    401 401 401 403 403    in    in   403   403   403
mark_found                 POST   /v1/loans/{loan}/found             401 401 401 403 403    in    in   403   403   403
resolve_claim              POST   /v1/loans/{loan}/resolve           401 401 401 403 403    in    in   403   403   403
check_out_copies           POST   /v1/loans/bulk                     401 401 401 403 403    in    in   403    in   403
return_copies              POST   /v1/returns/bulk                   401 401 401 403 403    in    in   403    in   403

place_hold                 POST   /v1/holds                          401 401 401  in  in    in    in   403    in   403
explain_hold               POST   /v1/holds/decision                 401 401 401  in  in    in    in   403    in   403
list_pickup_branches       GET    /v1/holds/pickup-branches?book_id={book}
                                                                     401 401 401  in  in    in    in   403    in   403
list_holds                 GET    /v1/holds                          401 401 401 403 403    in    in   403   403   403
list_my_holds              GET    /v1/holds/mine                     401 401 401  in  in   403    in   403   403   403
get_hold                   GET    /v1/holds/{hold}                   401 401 401  in 404    in    in   403   403   403
cancel_hold                POST   /v1/holds/{hold}/cancel            401 401 401  in 404    in    in   403    in   403
revise_hold                PATCH  /v1/holds/{hold}                   401 401 401  in 404    in    in   403    in   403
move_hold                  POST   /v1/holds/{hold}/move              401 401 401 403 403    in    in   403   403   403
report_copy_not_found      POST   /v1/holds/{hold}/not-found         401 401 401 403 403    in    in   403    in   403
suspend_hold               POST   /v1/holds/{hold}/suspend           401 401 401  in 404    in    in   403    in   403
suspend_holds              POST   /v1/holds/suspensions              401 401 401  in  in    in    in   403    in   403
resume_hold                POST   /v1/holds/{hold}/resume            401 401 401  in 404    in    in   403    in   403
list_hold_queues           GET    /v1/hold-queues?book_id={book}      in 401 401  in  in    in    in    in    in    in
get_hold_queue             GET    /v1/hold-queues/{book}             401 401 401 403 403    in    in   403   403   403
reorder_hold_queue         PUT    /v1/hold-queues/{book}             401 401 401 403 403    in    in   403   403   403
list_circulation_statuses GET /v1/circulation-statuses?status=to_clear 401 401 401 403 403    in    in   403   403   403
get_pull_list              GET    /v1/holds/pull-list?branch=MAIN    401 401 401 403 403    in    in   403   403   403
get_closure_of_branch      GET    /v1/branches/MAIN/closure          401 401 401 403 403   403    in   403   403   403
list_transits              GET    /v1/transits?older_than_days=7     401 401 401 403 403    in    in   403   403   403
send_copy                  POST   /v1/transits                       401 401 401 403 403    in    in   403   403   403

choose_history             POST   /v1/borrowers/me/history           401 401 401  in  in   403    in   403   403   403
forget_history             DELETE /v1/borrowers/me/history           401 401 401  in  in   403    in   403   403   403
list_fines                 GET    /v1/fines?member_id={ada}          401 401 401 403 403    in    in   403   403   403
list_my_fines              GET    /v1/fines/mine                     401 401 401  in  in   403    in   403   403   403
get_fine                   GET    /v1/fines/{fine}                   401 401 401  in 404    in    in   403   403   403
pay_fine                   POST   /v1/fines/{no}/payments            401 401 401 403 403    in    in   403    in   403
waive_fine                 POST   /v1/fines/{no}/waive               401 401 401 403 403    in    in   403   403   403
lift_suspension            POST   /v1/borrowers/{no}/suspension/lift  401 401 401 403 403    in    in   403   403   403
list_collections           GET    /v1/collections                    401 401 401 403 403    in    in   403   403   403
send_to_collection         POST   /v1/collections                    401 401 401 403 403    in    in   403   403   403
charge_member              POST   /v1/charges                        401 401 401 403 403    in    in   403   403   403
pay_borrower               POST   /v1/borrowers/{no}/payments        401 401 401 403 403    in    in   403    in   403
list_tills                 GET    /v1/tills                          401 401 401 403 403    in    in   403   403   403
make_till                  POST   /v1/tills                          401 401 401 403 403   403    in   403   403   403
get_balance                GET    /v1/tills/balance                  401 401 401 403 403   403    in   403   403   403
open_till                  POST   /v1/tills/NOWHERE/sessions         401 401 401 403 403    in    in   403   403   403
move_cash                  POST   /v1/tills/NOWHERE/movements        401 401 401 403 403    in    in   403   403   403
cash_up                    POST   /v1/tills/NOWHERE/cash-ups         401 401 401 403 403    in    in   403   403   403
get_receipt                GET    /v1/receipts/{receipt}             401 401 401  in 404    in    in   403   403   403
void_receipt               POST   /v1/receipts/NONE-2026-000001/void 401 401 401 403 403    in    in   403   403   403
refund_receipt             POST   /v1/receipts/NONE-2026-0001/refund 401 401 401 403 403    in    in   403   403   403
list_payments              GET    /v1/payments                       401 401 401 403 403    in    in   403   403   403
list_payouts               GET    /v1/payouts                        401 401 401 403 403    in    in   403   403   403
pay_out                    POST   /v1/payouts/{no}/paid              401 401 401 403 403    in    in   403   403   403

get_policy                 GET    /v1/policies                       401 401 401 403 403    in    in   403   403   403
get_policy_version         GET    /v1/policies/1                     401 401 401 403 403    in    in   403   403   403
put_policy                 PUT    /v1/policies                       401 401 401 403 403   403    in   403   403   403
simulate_policy            POST   /v1/policies/simulation            401 401 401 403 403   403    in   403   403   403
get_calendar               GET    /v1/calendars/MAIN                  in 401 401  in  in    in    in    in    in    in
put_calendar               PUT    /v1/calendars/MAIN                 401 401 401 403 403   403    in   403   403   403
list_circulation_imports   GET    /v1/imports                         401 401 401 403 403   403    in   403   403   403
list_circulation_import_profiles  GET    /v1/import-profiles          401 401 401 403 403   403    in   403   403   403
get_circulation_import_profile    GET    /v1/import-profiles/none     401 401 401 403 403   403    in   403   403   403
put_circulation_import_profile    PUT    /v1/import-profiles/none     401 401 401 403 403   403    in   403   403   403
remove_circulation_import_profile DELETE /v1/import-profiles/none     401 401 401 403 403   403    in   403   403   403
undo_circulation_import    POST   /v1/imports/{no}/undo               401 401 401 403 403   403    in   403   403   403
start_circulation_import   POST   /v1/imports?what=loans&format=json 401 401 401 403 403   403    in   403   403   403
get_circulation_import     GET    /v1/imports/{no}                   401 401 401 403 403   403    in   403   403   403
get_circulation_facts      POST   /v1/circulation-facts              401 401 401 403 403   403   403   403   403   403
check_consistency          GET    /v1/consistency                    401 401 401 403 403   403    in   403   403   403
repair_consistency         POST   /v1/consistency/repair             401 401 401 403 403   403    in   403   403   403
close_branch               POST   /v1/calendars/MAIN/closures        401 401 401 403 403   403    in   403   403   403
list_statistics            GET    /v1/statistics                     401 401 401 403 403   403    in    in   403   403
get_statistics             GET    /v1/statistics/loans               401 401 401 403 403   403    in    in   403   403
recount_statistics         POST   /v1/statistics/recount             401 401 401 403 403   403    in   403   403   403
get_recount                GET    /v1/statistics/recounts/{no}       401 401 401 403 403   403    in   403   403   403
"""

EVERYWHERE = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
docs                       GET    /docs                               in  in  in  in  in    in    in    in    in    in
openapi                    GET    /openapi.json                       in  in  in  in  in    in    in    in    in    in
asyncapi                   GET    /asyncapi.json                      in  in  in  in  in    in    in    in    in    in
alive                      GET    /health/live                        in  in  in  in  in    in    in    in    in    in
ready                      GET    /health/ready                       in  in  in  in  in    in    in    in    in    in
metrics                    GET    /metrics                            in  in  in  in  in    in    in    in    in    in
home                       GET    /                                   in  in  in  in  in    in    in    in    in    in
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One route: what it is called, how it is asked, and what each caller gets."""

    service: str
    operation: str
    method: str
    target: str
    expected: dict[str, str]

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


def rows(service: str, table: str) -> list[Row]:
    """Read a table. Raises ValueError for a row that does not have a cell for each caller."""
    return [
        Row(service, operation, method, target, dict(zip(CALLERS, cells, strict=True)))
        for operation, method, target, *cells in _rows_of(table)
    ]


def _rows_of(table: str) -> list[list[str]]:
    """Split the table, without its head; a line that begins with blanks goes on where the one before ended."""
    found: list[list[str]] = []
    for line in table.splitlines()[2:]:
        if line.startswith(" "):
            found[-1] += line.split()
        elif line:
            found.append(line.split())
    return found


ROWS = [
    *(rows("books", BOOKS) + rows("books", who_may_figures.BOOKS)),
    *(rows("members", MEMBERS) + rows("members", who_may_figures.MEMBERS) + rows("members", who_may_notices.MEMBERS)),
    *(rows("loans", LOANS) + rows("loans", who_may_figures.LOANS)),
]
"""Every documented route."""

ROWS_EVERYWHERE = [row for service in ("books", "members", "loans") for row in rows(service, EVERYWHERE)]
"""What every service has besides."""
