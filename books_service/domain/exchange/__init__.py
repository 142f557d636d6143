"""Exchange: files of books, in and out."""
