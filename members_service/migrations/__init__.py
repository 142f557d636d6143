"""The migrations of this service, each a file in `versions/`."""

LINEAGE = "library-members"
"""What a database bears that these migrations have made."""

UNMARKED = {
    "0001": {"12aed6ac80eb98e7"},
    "0002": {"60a67b1712271e2f"},
    "0003": {"e7f42525ed42623d"},
    "0004": {"08a272e55588319f"},
    "0005": {"f4d42e25971a94fe"},
    "0006": {"8f2626d14706114a"},
}
"""What a database looked like at each revision before databases bore a lineage: digests of tables and columns."""
