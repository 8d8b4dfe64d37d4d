"""The networks of the course in their finished form, and the weights that are shipped with them."""

from helpers.networks.shipped import load_shipped, shipped_measurements

__all__ = ["load_shipped", "shipped_measurements"]
