"""The live page: a training as it goes on."""
