"""The runs page: every run, its curves, where its config differs."""
