"""What the routes of figures, reports and working lists answer to every kind of caller, as in `who_may.py`."""

BOOKS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
list_stock_lists           GET    /v1/lists                          401 401 401 403 403    in    in   403   403   403
get_list_never_lent        GET    /v1/lists/never-lent               401 401 401 403 403    in    in   403   403   403
get_list_missing           GET    /v1/lists/missing                  401 401 401 403 403    in    in   403   403   403
get_list_no_shelf_mark     GET    /v1/lists/no-shelf-mark            401 401 401 403 403    in    in   403   403   403
get_list_duplicate_books   GET    /v1/lists/duplicate-books          401 401 401 403 403    in    in   403   403   403
list_statistics_of_catalogue GET  /v1/statistics                     401 401 401 403 403   403    in    in   403   403
get_statistics_of_catalogue GET   /v1/statistics/stock               401 401 401 403 403   403    in    in   403   403
recount_statistics_of_catalogue POST /v1/statistics/recount          401 401 401 403 403   403    in   403   403   403
get_recount_of_catalogue   GET    /v1/statistics/recounts/{no}       401 401 401 403 403   403    in   403   403   403
"""

MEMBERS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
list_member_lists          GET    /v1/lists                          401 401 401 403 403    in    in   403   403   403
get_list_memberships_ending GET   /v1/lists/memberships-ending       401 401 401 403 403    in    in   403   403   403
get_list_coming_of_age     GET    /v1/lists/coming-of-age            401 401 401 403 403    in    in   403   403   403
get_list_bounced_addresses GET    /v1/lists/bounced-addresses        401 401 401 403 403    in    in   403   403   403
get_list_duplicate_members GET    /v1/lists/duplicate-members        401 401 401 403 403    in    in   403   403   403
list_statistics_of_members GET    /v1/statistics                     401 401 401 403 403   403    in    in   403   403
get_statistics_of_members  GET    /v1/statistics/members             401 401 401 403 403   403    in    in   403   403
recount_statistics_of_members POST /v1/statistics/recount            401 401 401 403 403   403    in   403   403   403
get_recount_of_members     GET    /v1/statistics/recounts/{no}       401 401 401 403 403   403    in   403   403   403
"""

LOANS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
list_loan_lists            GET    /v1/lists                          401 401 401 403 403    in    in   403   403   403
get_list_overdue           GET    /v1/lists/overdue                  401 401 401 403 403    in    in   403   403   403
get_list_claims            GET    /v1/lists/claims                   401 401 401 403 403    in    in   403   403   403
get_list_holds_ratio       GET    /v1/lists/holds-ratio              401 401 401 403 403    in    in   403   403   403
get_list_long_in_transit   GET    /v1/lists/long-in-transit          401 401 401 403 403    in    in   403   403   403
get_list_long_on_hold_shelf GET   /v1/lists/long-on-hold-shelf       401 401 401 403 403    in    in   403   403   403
count_in_house_uses        POST   /v1/in-house-uses                  401 401 401 403 403    in    in   403    in   403
list_reports               GET    /v1/reports                        401 401 401 403 403   403    in    in   403   403
get_report                 GET    /v1/reports/pls?year=2025          401 401 401 403 403   403    in   403   403   403
put_report_entry           PUT    /v1/reports/pls/2025/entries/501   401 401 401 403 403   403    in   403   403   403
freeze_report              POST   /v1/reports/pls/2999/freeze        401 401 401 403 403   403    in   403   403   403
"""
