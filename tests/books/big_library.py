"""A library of ten thousand books, so that a plan which reads all of a table looks as bad as it is."""

TEN_THOUSAND_BOOKS = (
    """
    INSERT INTO books
        (book_id, title, authors, subjects, isbn,
         match_key, title_key, sort_key, added_at, version, year_key, index_terms)
    SELECT gen_random_uuid(), 'Volume ' || n, '[]', '[]', '978' || nine || ((10 - (38 + weighed) % 10) % 10),
           md5(n::text), 'volume ' || n, 'volume ' || n, now() - n * interval '1 minute', 1, 1900 + n % 100,
           array_to_tsvector(ARRAY['volume', '=volume', n::text, '=' || n, (ARRAY['even', 'odd'])[n % 2 + 1]])
    FROM (
        SELECT n, nine,
               (SELECT sum(substr(nine, i, 1)::int * (1 + 2 * (i % 2))) FROM generate_series(1, 9) AS i) AS weighed
        FROM (SELECT n, lpad(n::text, 9, '0') AS nine FROM generate_series(1, 10000) AS n) AS counted
    ) AS numbered
    """,
    "INSERT INTO branches VALUES ('MAIN', 'MAIN', 'Main library', 'UTC', now(), 1)",
    """
    INSERT INTO copies
        (copy_id, book_id, barcode, barcode_key, branch, item_type, status, status_since, added_at, version)
    SELECT gen_random_uuid(), book_id, 'b' || n, 'B' || n, 'MAIN', 'book', 'in_service', now(), now(), 1
    FROM (SELECT book_id, row_number() OVER () AS n FROM books, generate_series(1, 2)) AS numbered
    """,
    "INSERT INTO circulation (copy_id, availability, sequence) SELECT copy_id, 'on_loan', 1 FROM copies LIMIT 5000",
    "INSERT INTO book_identifiers SELECT 'oclc::' || md5(title), book_id FROM books",
    """
    INSERT INTO changes (thing_id, at, act, changed)
    SELECT thing_id, now(), 'added', '[]'
    FROM (SELECT book_id AS thing_id FROM books UNION ALL SELECT copy_id FROM copies) AS things
    """,
    "INSERT INTO known_words SELECT md5(title || n) FROM books, generate_series(1, 4) AS n UNION SELECT 'volume'",
    "INSERT INTO stock SELECT book_id, 2, 2, 1, 1, 0 FROM books",
    "ANALYZE",
)
