"""Files of records as they come in, piece by piece. No more of a file than one record is in memory."""
