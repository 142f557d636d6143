"""The migrations of this service, each a file in `versions/`."""

LINEAGE = "library-books"
"""What a database bears that these migrations have made."""

UNMARKED = {
    "0001": {"a0adeb0f4498e275", "c1ddb58073dfc9d5"},
    "0002": {"92bd57eb713980d1", "9849e9a3daf66e7e"},
}
"""What a database looked like at each revision before databases bore a lineage: digests of tables and columns,
one for each database, for each searches in tables of its own."""
