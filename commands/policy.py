"""What is told of a contact policy that allows more than is usual."""

from __future__ import annotations

from features.configuration import Configuration
from leads.contact.sales_hours import beyond_usual
from terminal.output import say


def tell_policy(configuration: Configuration) -> None:
    """Each thing that it allows beyond the usual, in both languages."""
    for text in beyond_usual(configuration.catalogue.contact):
        say(f"Note: {text['en']} · {text['zh']}.")
