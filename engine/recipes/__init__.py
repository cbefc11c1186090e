"""Recipes: TOML files that set every choice of a run."""
