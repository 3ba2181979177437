"""What went wrong, as a page: what was refused, why, and what is allowed."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

from console.language import Language, words
from console.pages import STRICT, asset
from leads.errors import NextleadError

_TEMPLATES = Environment(loader=PackageLoader("console"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def problem_page(language: Language, error: NextleadError) -> Response:
    """An error of the product's own."""
    told = {"lang": language, "t": words(language), "error": error, "asset": asset}
    return HTMLResponse(_TEMPLATES.get_template("problem.html").render(told), error.status, headers=dict(STRICT))
