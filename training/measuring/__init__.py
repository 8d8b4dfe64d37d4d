"""How good the shipped models are: a module for each card, and one for each question of the pocket model."""
