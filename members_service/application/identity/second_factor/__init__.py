"""Second factors: a code beside the password."""
