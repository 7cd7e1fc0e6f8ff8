"""The smallest honest value a JSON schema admits: what a model says when it knows nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

NEUTRAL = "您好，这个问题我先帮您核实一下，稍后给您准确答复。"
MOMENTS = {"date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "time": "00:00:00Z"}

Schema = Mapping[str, Any]
Json = Any


def minimal(schema: Schema, sentence: str = NEUTRAL) -> Json:
    """A value that satisfies ``schema``, its strings filled with ``sentence``.

    What may be null is null, since nothing is known. A list of objects at the top gets one item, so that there is
    something to read; every list inside it stays as short as allowed, so that no evidence is made up.
    """
    return _Filler(schema, sentence).value(schema, inside_item=False)


class _Filler:
    def __init__(self, root: Schema, sentence: str) -> None:
        self._root = root
        self._sentence = sentence

    def value(self, schema: Schema, *, inside_item: bool) -> Json:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        match _kind(schema):
            case "object":
                return self._object(schema, inside_item=inside_item)
            case "array":
                return self._array(schema, inside_item=inside_item)
            case "string":
                return self._string(schema)
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return False
            case _:
                return None

    def _resolved(self, schema: Schema) -> Schema:
        """Follow references and choose among alternatives, null first."""
        while True:
            if "$ref" in schema:
                schema = self._pointed_at(schema["$ref"])
            elif "allOf" in schema:
                merged: dict[str, Any] = {}
                for part in schema["allOf"]:
                    merged |= self._resolved(part)
                schema = merged | {key: value for key, value in schema.items() if key != "allOf"}
            elif options := schema.get("anyOf") or schema.get("oneOf"):
                schema = next((option for option in options if option.get("type") == "null"), options[0])
            else:
                return schema

    def _pointed_at(self, reference: str) -> Schema:
        target: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        found: Schema = target
        return found

    def _object(self, schema: Schema, *, inside_item: bool) -> Json:
        properties = schema.get("properties", {})
        wanted = schema.get("required", ())
        return {name: self.value(properties.get(name, {}), inside_item=inside_item) for name in wanted}

    def _array(self, schema: Schema, *, inside_item: bool) -> Json:
        items = schema.get("items", {})
        least = int(schema.get("minItems", 0))
        if not inside_item and _kind(self._resolved(items)) == "object":
            least = max(least, 1)
        return [self.value(items, inside_item=True) for _ in range(least)]

    def _string(self, schema: Schema) -> str:
        if schema.get("format") in MOMENTS:
            return MOMENTS[schema["format"]]
        text = self._sentence.ljust(int(schema.get("minLength", 0)), "。")
        longest = schema.get("maxLength")
        return text if longest is None else text[: int(longest)]


def _kind(schema: Schema) -> str:
    """The JSON type; of several, null first and otherwise the first named."""
    kind = schema.get("type") or ("object" if "properties" in schema else "null")
    if isinstance(kind, str):
        return kind
    return "null" if "null" in kind else str(kind[0])


def _number(schema: Schema) -> Json:
    if "minimum" in schema:
        return schema["minimum"]
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + 1
    return min(0, schema.get("maximum", 0))


def places_named(value: Json, name: str) -> Iterator[dict[str, Json]]:
    """Every object, outermost first and in order, that holds a string under ``name``."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            yield value
        for inner in value.values():
            yield from places_named(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from places_named(inner, name)
