"""What is asked of authorities, and how their headings come into the books."""
