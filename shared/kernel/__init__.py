"""The only part of `shared` that a domain may import: errors, time, ids and receipts. Standard library only."""
