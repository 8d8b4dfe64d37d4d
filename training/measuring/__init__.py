"""How good a pocket model is: one module for each question of its card."""
