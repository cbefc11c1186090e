"""The data page: look at a data set before training."""
