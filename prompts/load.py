"""Prompts are files. This reads one, checks its variables, fills them in, and says which version it was.

A prompt is a Markdown file beside this one: YAML front matter (``purpose`` and ``variables``), then the two
parts ``<!-- system -->`` and ``<!-- user -->``. ``{{name}}`` stands for a variable, ``{{> name}}`` for a shared
piece in ``snippets/``. Filling is one pass over the file's own text, so braces inside a value mean nothing.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

HOME = Path(__file__).parent
VERSION_LENGTH = 12
LINE_LIMIT = 200

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_PARTS = re.compile(r"\A\s*<!-- system -->\n(?P<system>.*?)\n<!-- user -->\n(?P<user>.*)\Z", re.DOTALL)
_SNIPPET = re.compile(r"\{\{> ?([a-z_]+)\}\}")
_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_NAME = re.compile(r"[a-z_]+")
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


class PromptError(Exception):
    """A prompt file or what was handed to it is wrong; names the file and the variable."""


class VariableKind(StrEnum):
    """What a variable may hold, and so how it is put in."""

    LINE = "line"
    """Our own words, one line of at most 200 characters."""
    TEXT = "text"
    """Our own words, any number of lines."""
    DATA = "data"
    """Words from outside: stripped of invisible characters and angle brackets, then fenced and named as data."""


@dataclass(frozen=True)
class Rendered:
    """A filled-in prompt. ``version`` is a hash of the file and its snippets, not of the values."""

    name: str
    version: str
    system: str
    user: str


@dataclass(frozen=True)
class Template:
    """A prompt as its file says, snippets already in place."""

    name: str
    version: str
    variables: Mapping[str, VariableKind]
    system: str
    user: str

    def render(self, values: Mapping[str, str]) -> Rendered:
        """Fill in every variable; raises PromptError when one is missing, unknown or not of its kind."""
        _check_names(self.name, set(self.variables), set(values))
        filled = {name: _put(self.name, name, kind, values[name]) for name, kind in self.variables.items()}

        def fill(text: str) -> str:
            return _VARIABLE.sub(lambda match: filled[match.group(1)], text).strip()

        return Rendered(self.name, self.version, fill(self.system), fill(self.user))


def load(name: str, home: Path = HOME) -> Template:
    """Read one prompt file; raises PromptError when it is missing, malformed, or names variables it does not declare."""
    source = _read(home / f"{name}.md")
    found = _FRONT.match(source)
    if found is None:
        raise PromptError(f"{name}.md has no front matter between two --- lines")
    variables = _declared(name, found["front"])
    snippets: dict[str, str] = {}

    def include(match: re.Match[str]) -> str:
        snippets[match.group(1)] = _read(home / "snippets" / f"{match.group(1)}.md").strip()
        return snippets[match.group(1)]

    body = _SNIPPET.sub(include, found["body"])
    parts = _PARTS.match(body)
    if parts is None:
        raise PromptError(f"{name}.md needs the parts <!-- system --> and <!-- user -->, in this order")
    _check_names(name, set(variables), set(_VARIABLE.findall(body)))
    return Template(name, _version(source, snippets), variables, parts["system"], parts["user"])


def render(name: str, variables: Mapping[str, str], home: Path = HOME) -> Rendered:
    """Load a prompt and fill it in; raises PromptError."""
    return load(name, home).render(variables)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise PromptError(f"there is no prompt file {path.name}") from missing


def _declared(name: str, front: str) -> dict[str, VariableKind]:
    try:
        content = yaml.safe_load(front)
    except yaml.YAMLError as broken:
        raise PromptError(f"{name}.md: the front matter is not YAML: {broken}") from broken
    if not isinstance(content, dict) or set(content) != {"purpose", "variables"}:
        raise PromptError(f"{name}.md: the front matter holds exactly purpose and variables")
    declared = content["variables"] or {}
    if not isinstance(declared, dict) or not all(_NAME.fullmatch(str(key)) for key in declared):
        raise PromptError(f"{name}.md: variables is a mapping of lower-case names to kinds")
    try:
        return {str(key): VariableKind(kind) for key, kind in declared.items()}
    except ValueError as unknown:
        raise PromptError(f"{name}.md: {unknown}") from unknown


def _check_names(name: str, declared: set[str], given: set[str]) -> None:
    if missing := sorted(declared - given):
        raise PromptError(f"{name}.md: missing variable {', '.join(missing)}")
    if unknown := sorted(given - declared):
        raise PromptError(f"{name}.md: unknown variable {', '.join(unknown)}")


def _put(prompt: str, name: str, kind: VariableKind, value: str) -> str:
    if kind is VariableKind.LINE and ("\n" in value or len(value) > LINE_LIMIT):
        raise PromptError(f"{prompt}.md: {name} must be one line of at most {LINE_LIMIT} characters")
    if kind is VariableKind.DATA:
        return f'<data name="{name}">\n{_harmless(value)}\n</data>'
    return value


def _harmless(value: str) -> str:
    """Take out what could close the fence or hide from a reader's eye (OWASP LLM01); line breaks stay."""
    visible = "".join(
        character
        for character in value
        if character == "\n" or unicodedata.category(character) not in ("Cf", "Cc", "Co")
    )
    return visible.translate(_BRACKETS)


def _version(source: str, snippets: Mapping[str, str]) -> str:
    digest = hashlib.sha256(source.encode())
    for snippet in sorted(snippets):
        digest.update(f"\0{snippet}\0{snippets[snippet]}".encode())
    return digest.hexdigest()[:VERSION_LENGTH]
