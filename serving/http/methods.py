"""The methods that the API knows."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
