"""Answers to those who may not see all of a person."""

from __future__ import annotations

import msgspec
from fastapi import Response

from serving.access.masking import Masking
from serving.http.answer import JSON, PROBLEM

_MEDIA = (JSON, PROBLEM)


def masked_answer(masking: Masking, response: Response) -> Response:
    """The same answer with its body masked; one that is no JSON as it is."""
    if response.media_type not in _MEDIA or not response.body:
        return response
    body = msgspec.json.encode(masking.document(msgspec.json.decode(response.body)))
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, response.status_code, headers, response.media_type)
