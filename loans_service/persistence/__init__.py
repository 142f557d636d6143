"""Tables, repositories and the transaction: the part of lending that speaks SQL to change what is on record."""
