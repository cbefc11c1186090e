"""Lessons: TOML files with a text in steps, a preset to play with, a question, and a check of the run that is made."""
