"""The only way from a column as it stands, in a file or in memory, to values that a network's columns are made of."""
