"""The lab: choose settings, train, see what each of them does."""
