"""The migrations of this service, each a file in `versions/`."""

LINEAGE = "library-loans"
"""What a database bears that these migrations have made."""

UNMARKED = {
    "0001": {"1a0fbf5564d10ed5"},
    "0002": {"70ec9a5f2ab4b2bb"},
    "0003": {"1d4447d6bdca0624"},
    "0004": {"f41b493b4f567db1"},
}
"""What a database looked like at each revision before databases bore a lineage: digests of tables and columns."""
