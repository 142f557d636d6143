"""What reads loans, accounts and due dates for answers and for the timed work."""
