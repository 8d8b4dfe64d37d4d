"""The version of the course, in the one place that packaging, the install cell and the website read."""

__version__ = "0.1.0"
