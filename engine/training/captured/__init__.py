"""A training step recorded once, compared with the eager one, and replayed."""
