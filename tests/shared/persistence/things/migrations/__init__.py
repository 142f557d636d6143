"""Two migrations, to try how migrating goes."""

LINEAGE = "things"
"""What a database bears that these migrations have made."""

UNMARKED = {
    "0001": {"2942dfc3f7d174c9"},
    "0002": {"0bace2177ed72b0e"},
}
"""What a database looked like at each revision before databases bore a lineage: digests of tables and columns."""
