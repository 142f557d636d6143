"""What the routes of notices answer to every kind of caller, as in `who_may.py`."""

MEMBERS = """
                                                                     nob old bad ada ben staff admin loans kiosk guest
list_notice_kinds          GET    /v1/notice-kinds                   401 401 401 403 403   403    in   403   403   403
get_notice_template        GET    /v1/notice-templates/due_soon/mail/en   401 401 401 403 403 403 in   403   403   403
put_notice_template        PUT    /v1/notice-templates/due_soon/mail/en   401 401 401 403 403 403 in   403   403   403
remove_notice_template     DELETE /v1/notice-templates/due_soon/mail/en   401 401 401 403 403 403 in   403   403   403
list_notice_template_versions GET /v1/notice-templates/due_soon/mail/en/versions 401 401 401 403 403 403 in 403 403 403
preview_notice             POST   /v1/notice-templates/due_soon/mail/en/preview 401 401 401 403 403 403 in 403 403 403
get_my_notice_preferences  GET    /v1/members/me/notice-preferences  401 401 401  in  in   403    in   403   403   403
change_my_notice_preferences PATCH /v1/members/me/notice-preferences 401 401 401  in  in   403    in   403   403   403
get_notice_preferences     GET    /v1/members/{ada}/notice-preferences 401 401 401 in 404   in    in   403   403   403
change_notice_preferences  PATCH  /v1/members/{ada}/notice-preferences 401 401 401 403 403  in    in   403   403   403
get_notice_defaults        GET    /v1/notice-defaults/adult          401 401 401 403 403   403    in   403   403   403
put_notice_defaults        PUT    /v1/notice-defaults/adult          401 401 401 403 403   403    in   403   403   403
apply_notice_defaults      POST   /v1/notice-defaults/adult/apply    401 401 401 403 403   403    in   403   403   403
order_letters              POST   /v1/letter-batches                 401 401 401 403 403   403    in   403   403   403
list_letter_batches        GET    /v1/letter-batches                 401 401 401 403 403   403    in   403   403   403
print_letters              GET    /v1/letter-batches/{no}            401 401 401 403 403   403    in   403   403   403
show_unsubscribe_page      GET    /v1/unsubscribe                     in  in  in  in  in    in    in    in    in    in
unsubscribe_by_link        POST   /v1/unsubscribe                     in  in  in  in  in    in    in    in    in    in
"""
