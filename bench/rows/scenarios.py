"""Situations that people deploy for: which rows stand for the choice there is, and what they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.errors import ConfigurationError, did_you_mean
from bench.model import Load
from bench.rows.catalog import assets, checked_load
from bench.rows.tables import Source, read, text

FILE = "configs/scenarios.toml"


@dataclass(frozen=True)
class Scenario:
    """`situation` and `advice` are a guide's words, `question` is what the rows of `group` answer under the loads."""

    name: str
    title: str
    situation: str
    advice: str
    question: str
    loads: tuple[Load, ...] = ()

    @property
    def group(self) -> str:
        return f"@{self.name}"


def load_scenarios() -> dict[str, Scenario]:
    """Every scenario by its name. Raises ConfigurationError, which names file, line, table and key."""
    source = read(assets() / FILE, FILE, assets())
    return {name: _scenario(source, name, content) for name, content in source.tables.items()}


def find_scenario(name: str) -> Scenario:
    known = load_scenarios()
    if name not in known:
        hint = did_you_mean(name, known) or " `bench list --scenario` shows what there is."
        raise ConfigurationError(f"there is no scenario '{name}'.{hint}")
    return known[name]


def _scenario(source: Source, name: str, content: Mapping[str, Any]) -> Scenario:
    told = {key: value for key, value in source.as_table(name, content).items() if key != "loads"}
    scenario = source.read(Scenario, name, told, name=name)
    loads = tuple(_load(source, name, said) for said in source.as_tables(name, "loads", content.get("loads", [])))
    if not loads:
        raise source.error("has no [[loads]]: what are its rows asked?", name)
    return replace(scenario, loads=loads)


def _load(source: Source, table: str, content: Mapping[str, Any]) -> Load:
    asked = source.as_tables(table, "loads.requests", content.get("requests", []))
    requests = [_request(source, table, said) for said in asked]
    told = {**content, "requests": requests} if requests else {**content}
    return checked_load(source, table, str(told.pop("name", table)), told)


def _request(source: Source, table: str, content: Mapping[str, Any]) -> dict[str, Any]:
    told = {**content}
    if file := told.pop("file", None):
        try:
            told["expected"] = text(source.folder / str(file))
        except (OSError, UnicodeDecodeError):
            raise source.error(f"expects the file '{file}', which cannot be read in {source.folder}.", table) from None
    return told
