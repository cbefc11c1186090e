"""The only way from files, texts and columns as they stand to values that a network's columns are made of."""
