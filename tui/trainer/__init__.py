"""A training as a screen has it: started, followed, watched."""
