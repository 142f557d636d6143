"""Labels of copies as PDF."""
