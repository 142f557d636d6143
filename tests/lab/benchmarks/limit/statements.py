"""The SQL of a check-out and of a return: one round trip each, as few as the guarantees allow."""

# The lock is a statement of its own: only what is read after it sees everything that was committed while it waited.
LOCK_BORROWER_AND_COPY = """
INSERT INTO borrowers (member_id, served) VALUES ($1, 1)
ON CONFLICT (member_id) DO UPDATE SET served = borrowers.served + 1
RETURNING pg_advisory_xact_lock($2)
"""
OPEN_LOANS = """
SELECT copy_id, member_id, due_at FROM loans WHERE returned_at IS NULL AND (member_id = $1 OR copy_id = $2)
"""
LEND = """
WITH loan AS (
    INSERT INTO loans (loan_id, copy_id, book_id, barcode, title, home_branch, item_type, member_id, branch,
                       checked_out_at, due_at, rule, renewals_allowed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
), events AS (
    INSERT INTO outbox (event_id, type, subject, occurred_at, data)
    VALUES ($14, 'loans.loan.checked_out', $2::text, $10, $15),
           ($16, 'loans.copy.availability_changed', $2::text, $10, $17)
)
INSERT INTO receipts (slot, fingerprint, answer) SELECT $18, $19, $20 WHERE $18::bytea IS NOT NULL
"""
CLOSE_LOAN = """
UPDATE loans SET returned_at = $2, version = version + 1,
    next_stop = CASE WHEN coalesce($3, home_branch) = home_branch THEN 'shelf' ELSE 'transit' END
WHERE upper(barcode) = $1 AND returned_at IS NULL
RETURNING *
"""
NOTE_RETURN = """
WITH events AS (
    INSERT INTO outbox (event_id, type, subject, occurred_at, data)
    VALUES ($1, 'loans.loan.returned', $2, $3, $4), ($5, 'loans.copy.availability_changed', $2, $3, $6)
)
INSERT INTO receipts (slot, fingerprint, answer) SELECT $7, $8, $9 WHERE $7::bytea IS NOT NULL
"""
EVER_LENT = "SELECT 1 FROM loans WHERE upper(barcode) = $1 LIMIT 1"
KEPT_ANSWER = "SELECT fingerprint, answer FROM receipts WHERE slot = $1"
