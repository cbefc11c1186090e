"""Data sets: sources, splits, schema, batches."""
