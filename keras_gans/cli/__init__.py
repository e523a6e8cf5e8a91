"""The command `keras-gans`. Its modules import click alone; what a command needs it imports when it runs."""
