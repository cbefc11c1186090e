"""A data set as people look at it: its columns, its numbers, what looks wrong."""
