"""The OpenAPI document as people read it: operations, their fields, an example of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from serving.http.answer import REF

_SEPARATOR = " or "


@dataclass(frozen=True)
class Part:
    """A piece of a type's name; `link`: it is a schema's."""

    text: str
    link: bool = False


@dataclass(frozen=True)
class Row:
    """A parameter, a field or an answer."""

    name: str
    kind: tuple[Part, ...]
    about: str
    required: bool = False


@dataclass(frozen=True)
class Operation:
    """A route. scopes: any of them opens it; none: it needs no key. body: its type, empty for none."""

    name: str
    tag: str
    method: str
    path: str
    summary: str
    about: str
    scopes: tuple[str, ...]
    parameters: tuple[Row, ...]
    body: tuple[Part, ...]
    curl: str
    answers: tuple[Row, ...]


@dataclass(frozen=True)
class Schema:
    """A named schema."""

    name: str
    about: str
    fields: tuple[Row, ...]


class Reference:
    """Reads one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]

    @property
    def about(self) -> list[str]:
        """What holds of all routes, by paragraph."""
        return [" ".join(part.split()) for part in self._document["info"]["description"].split("\n\n")]

    def operations(self) -> Iterator[Operation]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                yield self._operation(method.upper(), path, operation)

    def schemas(self) -> Iterator[Schema]:
        for name, schema in sorted(self._schemas.items()):
            yield Schema(name, _prose(schema), tuple(self._fields(schema)))

    def _operation(self, method: str, path: str, told: Mapping[str, Any]) -> Operation:
        body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        return Operation(
            name=told["operationId"],
            tag=told["tags"][0],
            method=method,
            path=path,
            summary=told["summary"],
            about=_prose(told),
            scopes=tuple(scope for need in told.get("security", ()) for scopes in need.values() for scope in scopes),
            parameters=tuple(_parameter(parameter) for parameter in told.get("parameters", ())),
            body=() if body is None else tuple(kind(body)),
            curl=self._curl(method, path, body, "security" in told),
            answers=tuple(_answer(status, answer) for status, answer in told["responses"].items()),
        )

    def _fields(self, schema: Mapping[str, Any]) -> Iterator[Row]:
        needed = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            yield Row(name, tuple(kind(field)), _about(field), name in needed)

    def _curl(self, method: str, path: str, body: Mapping[str, Any] | None, secured: bool) -> str:
        lines = [f'curl -X {method} "$URL{path}"']
        if secured:
            lines.append('-H "Authorization: Bearer $KEY"')
        if body is not None:
            example = json.dumps(self.example(body), ensure_ascii=False)
            lines += ["-H 'Content-Type: application/json'", f"-d '{example}'"]
        return " \\\n  ".join(lines)

    def example(self, schema: Mapping[str, Any]) -> Any:
        """What the schema takes: of an object what it needs, and what has an example of its own."""
        if "examples" in schema:
            return schema["examples"][0]
        if "$ref" in schema:
            return self.example(self._schemas[schema["$ref"].removeprefix(REF)])
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0])
        if schema.get("type") == "array":
            return [self.example(schema["items"])]
        if schema.get("type") == "object":
            needed = schema.get("required", ())
            return {
                name: self.example(field)
                for name, field in schema.get("properties", {}).items()
                if name in needed or "examples" in field
            }
        return {"integer": 1, "number": 1.0, "boolean": True}.get(schema.get("type", ""), "text")


def kind(schema: Mapping[str, Any]) -> Iterator[Part]:
    """The type of a schema, with its bounds."""
    if "$ref" in schema:
        yield Part(schema["$ref"].removeprefix(REF), link=True)
    elif "anyOf" in schema:
        for place, choice in enumerate(schema["anyOf"]):
            if place:
                yield Part(_SEPARATOR)
            yield from kind(choice)
    elif schema.get("type") == "array":
        yield Part("list of ")
        yield from kind(schema["items"])
        yield Part(_bounds(schema, "Items"))
    elif isinstance(schema.get("additionalProperties"), Mapping):
        yield Part("by name: ")
        yield from kind(schema["additionalProperties"])
    elif "enum" in schema or "const" in schema:
        yield Part(_SEPARATOR.join(f"“{value}”" for value in schema.get("enum", [schema.get("const")])))
    else:
        bounds = _bounds(schema, "imum") + _bounds(schema, "Length")
        yield Part(schema.get("format", schema.get("type", "anything")) + bounds)


def _bounds(schema: Mapping[str, Any], of: str) -> str:
    least, most = schema.get(f"min{of}"), schema.get(f"max{of}")
    if least is None and most is None:
        return ""
    what = " characters" if of == "Length" else ""
    return f" ({'' if least is None else least}…{'' if most is None else most}{what})"


def _about(field: Mapping[str, Any]) -> str:
    default = field.get("default", field.get("schema", {}).get("default"))
    usual = f"default {json.dumps(default)}" if default not in (None, [], {}, "") else ""
    return "; ".join(filter(None, [field.get("description", ""), usual]))


def _parameter(told: Mapping[str, Any]) -> Row:
    about = "; ".join(filter(None, [f"in the {told['in']}", _about(told)]))
    return Row(told["name"], tuple(kind(told["schema"])), about, told.get("required", False))


def _answer(status: str, told: Mapping[str, Any]) -> Row:
    media = next(iter(told.get("content", {})), "")
    parts = tuple(kind(told["content"][media]["schema"])) if media.endswith("json") else (Part(media),)
    return Row(status, parts, told["description"])


def _prose(told: Mapping[str, Any]) -> str:
    return " ".join(told.get("description", "").split())
