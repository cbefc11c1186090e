"""Pure functions: history or array in, rich renderable out. No textual, no torch."""
