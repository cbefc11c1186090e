"""The sweep page: the trials of a sweep as they come, the best so far, and their curves."""
