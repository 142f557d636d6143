"""The annual forms as data: a file for each."""
