"""Files of records, read in pieces as they arrive, with no more than one record in memory."""
