"""A run for those who have no terminal: pictures (`charts`) and a page (`page`)."""
