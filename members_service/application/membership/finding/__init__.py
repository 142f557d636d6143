"""Finding members by what is known of them."""
