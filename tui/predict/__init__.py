"""The predict page: ask a trained network."""
