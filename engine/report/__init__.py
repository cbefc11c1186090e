"""What there is to tell of a run to people who have it not: all of it (`story`), and as a model card (`card`)."""
