"""What piles up in years, as statements for PostgreSQL."""

YEARS_OF_WORK = (
    # 40,000 loans of 4,000 members in 20 branches; one in forty is open, and some of those are late or missed
    """
    INSERT INTO loans (
        loan_id, copy_id, book_id, member_id, barcode, barcode_key, checked_out_at, due_at, returned_at,
        title, home_branch, item_type, branch, rule, policy_version, renewals_allowed, renewals, override_codes,
        category, timezone, lost_at, anonymised_at, version, reminders
    )
    SELECT
        uuid(md5('loan' || n)), uuid(md5('copy' || n)), uuid(md5('book' || n % 9000)),
        uuid(md5('member' || CASE WHEN n > 30000 THEN -n ELSE n % 4000 END)), 'C' || n, 'C' || n,
        now - n * interval '30 minutes', now - n * interval '30 minutes' + interval '21 days',
        CASE WHEN n % 40 > 0 THEN now - n * interval '30 minutes' + interval '20 days' END,
        'Emma', 'B' || n % 20, 'book', 'B' || n % 20, 'adult', 1, 2, 0, '[]', 'adult', 'UTC',
        CASE WHEN n % 2000 = 0 THEN now END, CASE WHEN n > 30000 THEN now END, 2, CASE WHEN n > 3000 THEN 9 ELSE 0 END
    FROM generate_series(1, 40000) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    """
    INSERT INTO loan_history (loan_id, at, type, by, why, due_at)
    SELECT loan_id, checked_out_at, 'checked_out', 'desk', '', due_at FROM loans
    """,
    "INSERT INTO borrowers (member_id, served) SELECT DISTINCT member_id, 1 FROM loans",
    "UPDATE borrowers SET forgets_history = true WHERE member_id IN (SELECT member_id FROM borrowers LIMIT 50)",
    # 20,000 holds: most have ended, one in twenty waits, one in a hundred has a copy on a shelf
    """
    INSERT INTO holds (
        hold_id, book_id, title, member_id, category, pickup_branch, placed_at, queue_order, status, suspended,
        copy_id, pickup_until, expires_at, version
    )
    SELECT
        uuid(md5('hold' || n)), uuid(md5('book' || n % 9000)), 'Emma', uuid(md5('member' || n % 4000)), 'adult',
        'B' || n % 20, now - n * interval '1 hour', n,
        CASE WHEN n % 100 = 7 THEN 'ready' WHEN n % 20 = 0 THEN 'waiting' ELSE 'fulfilled' END, false,
        CASE WHEN n % 20 > 0 OR n % 40 = 0 THEN uuid(md5('held' || n)) END, now + (5000 - n) * interval '1 hour',
        now + (5000 - n) * interval '1 hour', 1
    FROM generate_series(1, 20000) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    """
    INSERT INTO circulation_records (
        copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, status, branch, since
    )
    SELECT
        uuid(md5('away' || n)), uuid(md5('book' || n % 9000)), 'A' || n, 'A' || n, 'Emma', 'B' || n % 20, 'book',
        CASE WHEN n % 10 > 2 THEN 'in_transit' WHEN n % 10 > 0 THEN 'hold_shelf' ELSE 'to_clear' END, 'B' || n % 20,
        now - n * interval '1 minute'
    FROM generate_series(1, 20000) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    # 10,000 copies to be pulled, 20,000 reports of copies, and books to be looked at again, most of them later
    """
    INSERT INTO circulation_records (
        copy_id, book_id, barcode, barcode_key, title, home_branch, item_type, shelf_mark, status, branch, hold_id,
        since
    )
    SELECT
        uuid(md5('pull' || n)), uuid(md5('book' || n % 9000)), 'P' || n, 'P' || n, 'Emma', 'B' || n % 20, 'book',
        'QA ' || n % 97, 'requested', 'B' || n % 20, uuid(md5('hold' || n)), now - n * interval '1 minute'
    FROM generate_series(1, 10000) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    """
    INSERT INTO reported_copies (copy_id, book_id, branch, item_type, status, sequence)
    SELECT uuid(md5('copy' || n)), uuid(md5('book' || n % 9000)), 'B' || n % 20, 'book', 'in_service', n
    FROM generate_series(1, 20000) n
    """,
    """
    INSERT INTO retarget_requests (book_id, due_at)
    SELECT uuid(md5('book' || n % 9000)), now + (n - 20) * interval '1 minute'
    FROM generate_series(1, 20000) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    # 20,000 fines of two postings each; one in twenty is owed
    """
    INSERT INTO fines (
        fine_id, loan_id, member_id, reason, amount, paid, waived, refunded, owed, currency, status, charged_at, version
    )
    SELECT
        uuid(md5('fine' || n)), uuid(md5('loan' || n)), uuid(md5('member' || n % 4000)), 'overdue', 100,
        CASE WHEN n % 20 = 0 THEN 0 ELSE 100 END, 0, 0, CASE WHEN n % 20 = 0 THEN 100 ELSE 0 END, 'EUR',
        CASE WHEN n % 20 = 0 THEN 'owed' ELSE 'paid' END, now - n * interval '1 hour', 2
    FROM generate_series(1, 20000) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    """
    INSERT INTO fine_entries (fine_id, posting, amount, currency, at, by, why)
    SELECT fine_id, posting, 100, 'EUR', charged_at, 'desk', ''
    FROM fines, (VALUES ('charged'), ('paid')) postings (posting) WHERE posting = 'charged' OR paid > 0
    """,
    # 20,000 receipts of two tills, and the sums of all but the newest of these and of the postings
    """
    INSERT INTO till_receipts (
        number, till, year, serial, kind, session_id, method, amount, currency, at, by, why
    )
    SELECT
        'T' || n % 2 || n, 'T' || n % 2, 2026, n / 2 + 1, 'payment',
        uuid(md5('session' || n % 2 || n / 200)), 'cash', 100, 'EUR',
        now - n * interval '1 minute', 'desk', ''
    FROM generate_series(0, 19999) n, (SELECT timestamptz '2026-03-02 10:00Z' AS now) moment
    """,
    """
    INSERT INTO tills (code, kind, name, currency, drawer, made_at)
    SELECT DISTINCT till, 'desk', 'Desk', 'EUR', 0, at FROM till_receipts WHERE serial = 1
    """,
    """
    INSERT INTO till_sessions (session_id, till, opened_at, opened_by, opening, left_before, closed_at)
    SELECT session_id, till, min(at), 'desk', 0, 0, max(at) FROM till_receipts GROUP BY session_id, till
    """,
    "INSERT INTO till_years SELECT till, year, max(serial) FROM till_receipts GROUP BY till, year",
    """
    INSERT INTO sum_marks (till, year, up_to, counted, seen)
    SELECT till, year, last - 20, last - 20, 0 FROM till_years
    UNION ALL SELECT '', 0, max(entry_id) - 100, 0, 0 FROM fine_entries
    """,
    "ANALYZE",
)
