"""What the shell sees: one file a subcommand."""
