"""What a CloudEvent carries: `data`, or the same in base64, as JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from leads.errors import InvalidInput
from serving.jsontext import Repeated, read_json


def data_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data of an event, empty where it carries none. `data_base64` is JSON in base64.

    Raises InvalidInput for content that is no JSON object, that is there twice, or that `datacontenttype` says to be
    something else.
    """
    data, coded, kind = item.get("data"), item.get("data_base64"), item.get("datacontenttype")
    if data is None and coded is None:
        return {}
    if data is not None and coded is not None:
        raise InvalidInput("data_base64", "(withheld)", "absent where there is `data`")
    if kind is not None and not is_json(kind):
        raise InvalidInput("datacontenttype", kind, "application/json, another JSON type, or absent")
    if coded is not None:
        data = _decoded(coded)
    if isinstance(data, Repeated):
        raise InvalidInput("data", None, data.reason)
    if not isinstance(data, Mapping):
        raise InvalidInput("data", type(data).__name__, "an object, or absent")
    return data


def is_json(kind: Any) -> bool:
    """Whether a media type is one of JSON.

    >>> is_json("application/json; charset=utf-8"), is_json("application/problem+json"), is_json("text/plain")
    (True, True, False)
    """
    if not isinstance(kind, str):
        return False
    name = kind.partition(";")[0].strip().lower()
    return name.endswith(("/json", "+json"))


def _decoded(coded: Any) -> Any:
    allowed = "base64 of a JSON object"
    if not isinstance(coded, str):
        raise InvalidInput("data_base64", type(coded).__name__, allowed)
    try:
        return read_json(base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("data_base64", "(withheld)", allowed) from error
