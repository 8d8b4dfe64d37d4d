"""The networks of the course in their finished form."""
