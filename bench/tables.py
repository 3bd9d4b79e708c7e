"""Reads TOML tables into nouns, and says of what it cannot read the file, the line, the table and the key."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bench.errors import ConfigurationError, did_you_mean

T = TypeVar("T")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Source:
    """A TOML file as text and as tables; `name` is how it is called in errors, `folder` where its files lie."""

    name: str
    folder: Path
    text: str
    tables: Mapping[str, Any]

    def error(self, sentence: str, table: str, key: str | None = None) -> ConfigurationError:
        """Put the place before the sentence: `configs/servers.toml, line 12: [dev] has …`."""
        return ConfigurationError(f"{self.place(table, key)}: [{table}] {sentence}")

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
        if not isinstance(found, dict):
            raise ConfigurationError(f"{self.name}: '{name}' stands alone; it must be a table, headed [{name}].")
        return found

    def read(self, kind: type[T], table: str, content: object, hidden: Collection[str] = (), **known: object) -> T:
        """Make a `kind` of a table's content and what is known besides; its other keys are refused, and hidden ones."""
        if not isinstance(content, dict):
            raise ConfigurationError(f"{self.name}: '{table}' stands alone; it must be a table, headed [{table}].")
        self.refuse_unknown(kind, table, content, {*hidden, *known})
        try:
            return msgspec.convert({**content, **known}, kind)
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
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8.") from None
    try:
        return Source(name, folder, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name} is not TOML: {_lower(str(error))}.") from None


def _plain(name: str) -> str:
    """A dotted name without the quotes and spaces that its parts may be written with."""
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
