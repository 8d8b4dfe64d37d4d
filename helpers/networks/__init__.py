"""The networks of the course in their finished form, and the weights that are shipped with them."""

from helpers.networks.shipped import load_shipped

__all__ = ["load_shipped"]
