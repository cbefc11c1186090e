"""Processes that a screen or a training starts, no user does."""
