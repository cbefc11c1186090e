"""A run's folder: claimed, locked, written by its trainer, read by every view."""
