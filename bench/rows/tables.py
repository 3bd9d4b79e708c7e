"""Reads TOML tables into nouns, and says of what it cannot read the file, the line, the table and the key."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bench.errors import ConfigurationError, did_you_mean, shown
from bench.intake import content

T = TypeVar("T")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_MOST = 256 << 10
_MOST_DOTS = 1000


@dataclass(frozen=True)
class Source:
    """A TOML file as text and as tables; `name` is how it is called in errors, `folder` where its files lie."""

    name: str
    folder: Path
    text: str
    tables: Mapping[str, Any]

    def error(self, sentence: str, table: str, key: str | None = None) -> ConfigurationError:
        """Put the place before the sentence: `configs/servers.toml, line 12: [dev] has …`."""
        return ConfigurationError(f"{self.place(table, key)}: [{shown(table)}] {shown(sentence)}")

    def place(self, table: str, key: str | None = None) -> str:
        line = self.line(table, key)
        return f"{self.name}, line {line}" if line else self.name

    def line(self, table: str, key: str | None = None) -> int | None:
        """Where a table or a key of it begins, counted from 1; None when it is written in a way not looked for."""
        current, begins = "", None
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                current = _plain(header[1])
                begins = number if current == table else begins
            elif key and current == table and _plain(line.partition("=")[0]) == key:
                return number
        return begins

    def table(self, name: str) -> Mapping[str, Any]:
        """A top-level table, empty where the file has none."""
        found = self.tables.get(name, {})
        return self.as_table(name, found)

    def as_table(self, name: str, content: object) -> Mapping[str, Any]:
        """What stands under a name, which must be a table."""
        if not isinstance(content, dict):
            named = shown(name)
            raise ConfigurationError(f"{self.name}: '{named}' stands alone; it must be a table, headed [{named}].")
        return content

    def as_tables(self, table: str, key: str, content: object) -> Sequence[Mapping[str, Any]]:
        """What stands under a key of a table, which must be tables too."""
        if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
            raise self.error(f"cannot be followed: {key} must be tables, each headed [[{table}.{key}]].", table, key)
        return content

    def read(self, kind: type[T], table: str, content: object, hidden: Collection[str] = (), **known: object) -> T:
        """Make a `kind` of a table's content and what is known besides; its other keys are refused, and hidden ones."""
        told = self.as_table(table, content)
        self.refuse_unknown(kind, table, told, {*hidden, *known})
        try:
            return msgspec.convert({**told, **known}, kind)
        except msgspec.ValidationError as error:
            sentence, _, path = str(error).partition(" - at `$.")
            key = path.rstrip("`")
            says = f"{key}: {_lower(sentence)}" if key else _lower(sentence)
            raise self.error(f"cannot be followed: {says}.", table, re.split(r"[.\[]", key)[0]) from None

    def refuse_unknown(self, kind: type, table: str, content: Mapping[str, Any], hidden: Collection[str] = ()) -> None:
        """Raise for a key that is no field of `kind`, or one that is not for files to say."""
        keys = {field.name for field in fields(kind)} - set(hidden)
        for key in content.keys() - keys:
            raise self.error(f"has an unknown key '{key}'.{did_you_mean(key, keys)}", table, key)


def read(path: Path, name: str, folder: Path) -> Source:
    """Parse a file. A UTF-8 byte order mark is skipped, as TOML 1.1 asks."""
    source = _text(path, name)
    for number, line in enumerate(source.splitlines(), 1):
        # What reads TOML takes time that grows with the square of a key's parts.
        if line.count(".") > _MOST_DOTS:
            raise ConfigurationError(f"{name}, line {number} has more than {_MOST_DOTS:,} dots: no table is so deep.")
    try:
        return Source(name, folder, source, tomllib.loads(source))
    except RecursionError:
        raise ConfigurationError(f"{name} is not a file of tables: it is nested too deeply.") from None
    except ValueError as error:
        raise ConfigurationError(f"{name} is not TOML: {shown(_lower(str(error)))}.") from None


def text(path: Path) -> str:
    """A text of a size that configuration has. Raises OSError, or UnicodeDecodeError for what is not UTF-8."""
    return content(path, _MOST).decode("utf-8-sig")


def _text(path: Path, name: str) -> str:
    try:
        said = text(path)
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8.") from None
    if "\0" in said:
        raise ConfigurationError(f"{name} is not UTF-8 (byte {said.index(chr(0))} is zero): save it as UTF-8.")
    return said


def _plain(name: str) -> str:
    """A dotted name without the quotes and spaces that its parts may be written with."""
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
