"""Prompts are files. This reads them, checks their variables, fills them in, and says which version each was.

A prompt is a Markdown file beside this one: YAML front matter (``purpose`` and ``variables``), then the two
parts ``<!-- system -->`` and ``<!-- user -->``. ``{{name}}`` stands for a variable, ``{{> name}}`` for a shared
piece in ``snippets/``. Filling is one pass over the file's own text, so braces inside a value mean nothing.

A shop may have a folder of its own whose files, snippets too, stand in the place of those of the same name. What code
fills in stays the same: the variables of a prompt and their kinds are those of the packaged one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from prompts.tokens import estimated_tokens

HOME = Path(__file__).parent
SNIPPETS = "snippets"
VERSION_LENGTH = 12
LINE_LIMIT = 200
MOST_FIXED_TOKENS = 2500
"""What a prompt may say by itself, estimated; the records and the question need the rest of the 6,000."""

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_PARTS = re.compile(r"\A\s*<!-- system -->\n(?P<system>.*?)\n<!-- user -->\n(?P<user>.*)\Z", re.DOTALL)
_SNIPPET = re.compile(r"\{\{> ?([a-z_]+)\}\}")
_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_STRAY = re.compile(r"\{\{[^\n]{0,40}")
_NAME = re.compile(r"[a-z_]+")
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


class PromptError(Exception):
    """A prompt file or what was handed to it is wrong; names the file and the variable, in Chinese for the operator."""


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

    @property
    def tokens(self) -> int:
        """How many tokens it takes, estimated from above."""
        return estimated_tokens(self.system) + estimated_tokens(self.user)


@dataclass(frozen=True)
class Template:
    """A prompt as its file says, snippets already in place.

    ``files`` are what it was made of, by name within a folder of prompts; ``own`` are those that the shop wrote.
    """

    name: str
    purpose: str
    version: str
    variables: Mapping[str, VariableKind]
    system: str
    user: str
    files: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    def render(self, values: Mapping[str, str]) -> Rendered:
        """Fill in every variable; raises PromptError when one is missing, unknown or not of its kind."""
        _check_names(self.name, set(self.variables), set(values))
        filled = {name: _put(self.name, name, kind, values[name]) for name, kind in self.variables.items()}

        def fill(text: str) -> str:
            return _VARIABLE.sub(lambda match: filled[match.group(1)], text).strip()

        return Rendered(self.name, self.version, fill(self.system), fill(self.user))


@dataclass(frozen=True)
class Prompts:
    """Every prompt of the house by name, read once: what is edited meanwhile counts from the next start."""

    templates: Mapping[str, Template]

    def render(self, name: str, values: Mapping[str, str]) -> Rendered:
        """Fill in one prompt; raises PromptError."""
        return self.templates[name].render(values)


@cache
def packaged() -> Prompts:
    """The prompts as they come with the house."""
    return Prompts({name: load(name) for name in names()})


def read_prompts(own: Path | None) -> Prompts:
    """Read every prompt, the shop's own files in front; raises PromptError for anything amiss in them."""
    house = packaged()
    if own is None:
        return house
    if not own.is_dir():
        raise PromptError(f"没有文件夹 {own}")
    unknown = [path.name for path in sorted(own.glob("*.md")) if path.stem not in house.templates]
    if unknown:
        raise PromptError(f"{unknown[0]}：没有叫这个名字的提示词，能替换的是 {'、'.join(house.templates)}")
    made = {name: _replaced(before, own) for name, before in house.templates.items()}
    used = {file for template in made.values() for file in template.own}
    idle = [name for path in sorted((own / SNIPPETS).glob("*.md")) if (name := f"{SNIPPETS}/{path.name}") not in used]
    if idle:
        raise PromptError(f"{idle[0]}：没有提示词用到它，名字写错了就改，没用就删掉")
    return Prompts(made)


def names(home: Path = HOME) -> tuple[str, ...]:
    """The names of the prompts in a folder."""
    return tuple(sorted(path.stem for path in home.glob("*.md")))


def load(name: str, home: Path = HOME, own: Path | None = None) -> Template:
    """Read one prompt file; raises PromptError when it is missing, malformed, or names variables it does not declare.

    A file in ``own`` is read instead of the one of the same name in ``home``.
    """
    read: dict[str, str] = {}
    replaced: list[str] = []

    def text_of(file: str) -> str:
        if file not in read:
            there = own is not None and (own / file).is_file()
            if there:
                replaced.append(file)
            read[file] = _read(own if there and own is not None else home, file)
        return read[file]

    source = text_of(f"{name}.md")
    found = _FRONT.match(source)
    if found is None:
        raise PromptError(f"{name}.md：开头要有两行 --- 之间的说明（purpose 和 variables）")
    front = _front(name, found["front"])
    snippets: dict[str, str] = {}

    def include(match: re.Match[str]) -> str:
        snippets[match.group(1)] = text_of(f"{SNIPPETS}/{match.group(1)}.md").strip()
        return snippets[match.group(1)]

    body = _SNIPPET.sub(include, found["body"])
    parts = _PARTS.match(body)
    if parts is None:
        raise PromptError(f"{name}.md：正文要有 <!-- system --> 和 <!-- user --> 两段，先后不能变")
    if stray := _STRAY.search(_VARIABLE.sub("", body)):
        raise PromptError(f"{name}.md：写法不对：{stray.group()}，变量写成 {{{{名字}}}}，小片段里不能再放小片段")
    _check_names(name, set(front.variables), set(_VARIABLE.findall(body)))
    return Template(
        name=name,
        purpose=front.purpose,
        version=_version(source, snippets),
        variables=front.variables,
        system=parts["system"],
        user=parts["user"],
        files=tuple(read),
        own=tuple(replaced),
    )


def _replaced(before: Template, own: Path) -> Template:
    """Read a prompt with the shop's files in front and hold it against the packaged one."""
    made = load(before.name, own=own)
    _check_names(before.name, set(before.variables), set(made.variables))
    for name, kind in before.variables.items():
        if made.variables[name] is not kind:
            raise PromptError(f"{before.name}.md：变量 {name} 的类型是 {kind}，不能改成 {made.variables[name]}")
    says = estimated_tokens(made.system) + estimated_tokens(made.user)
    if says > MOST_FIXED_TOKENS:
        raise PromptError(f"{before.name}.md：太长，约 {says} 个 token，最多 {MOST_FIXED_TOKENS} 个，请删短")
    return made


def _read(folder: Path, file: str) -> str:
    try:
        return (folder / file).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as missing:
        raise PromptError(f"没有提示词文件 {file}") from missing
    except UnicodeDecodeError as foreign:
        raise PromptError(f"{file}：不是 UTF-8 编码，请另存为 UTF-8") from foreign


@dataclass(frozen=True)
class _Front:
    purpose: str
    variables: Mapping[str, VariableKind]


def _front(name: str, front: str) -> _Front:
    try:
        content = yaml.safe_load(front)
    except yaml.YAMLError as broken:
        raise PromptError(f"{name}.md：开头的说明不是 YAML：{broken}") from broken
    if not isinstance(content, dict) or set(content) != {"purpose", "variables"}:
        raise PromptError(f"{name}.md：开头的说明只有 purpose 和 variables 两项，一项也不能少")
    declared = content["variables"] or {}
    if not isinstance(declared, dict) or not all(_NAME.fullmatch(str(key)) for key in declared):
        raise PromptError(f"{name}.md：variables 里一行写一个小写的变量名和它的类型")
    kinds = [kind.value for kind in VariableKind]
    for key, kind in declared.items():
        if kind not in kinds:
            raise PromptError(f"{name}.md：变量 {key} 的类型只能是 {'、'.join(kinds)}，不能是 {kind}")
    return _Front(str(content["purpose"]), {str(key): VariableKind(kind) for key, kind in declared.items()})


def _check_names(name: str, declared: set[str], given: set[str]) -> None:
    if missing := sorted(declared - given):
        raise PromptError(f"{name}.md：少了变量 {'、'.join(missing)}")
    if unknown := sorted(given - declared):
        raise PromptError(f"{name}.md：没有变量 {'、'.join(unknown)}")


def _put(prompt: str, name: str, kind: VariableKind, value: str) -> str:
    if kind is VariableKind.LINE and ("\n" in value or len(value) > LINE_LIMIT):
        raise PromptError(f"{prompt}.md：变量 {name} 只能是一行，最多 {LINE_LIMIT} 个字")
    if kind is VariableKind.DATA:
        return f'<data name="{name}">\n{harmless(value)}\n</data>'
    return value


def harmless(value: str) -> str:
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
