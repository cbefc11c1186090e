"""Processes that a screen starts, no user does."""
