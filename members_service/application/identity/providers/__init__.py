"""Identity providers of others: how each is asked, and how people sign in by one."""
