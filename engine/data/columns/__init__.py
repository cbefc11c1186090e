"""What a column is, and what of it a network gets."""
