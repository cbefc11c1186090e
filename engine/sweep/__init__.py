"""Many trainings of one data set, their settings chosen by a search. No terminal here; Optuna is an extra."""
