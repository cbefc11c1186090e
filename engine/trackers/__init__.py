"""What others hear of a run, all from its event log, in a process that is not the trainer's: other programs' logs
(`sinks`, of these `tensorboard`) and messages (`messages`); `wishes` says which, `following` does it."""
