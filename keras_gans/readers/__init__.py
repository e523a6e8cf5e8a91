"""Files of others, read safely into arrays. Nothing here knows a model, and nothing in a file is executed."""
