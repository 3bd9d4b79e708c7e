"""A page as one file that needs no network: template, style and script in one, and nothing else may run."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench.report import wording

_HERE = Path(__file__).parent


def document(
    template: str,
    *,
    styles: Sequence[str] = ("page.css",),
    scripts: Sequence[str] = ("table.js",),
    **values: object,
) -> str:
    """A template of this folder, filled; all values are escaped and rid of control characters."""
    style, script = ("".join((_HERE / name).read_text("utf-8") for name in names) for names in (styles, scripts))
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            style=Markup(style),  # nosec B704  # noqa: S704  ours
            script=Markup(script),  # nosec B704  # noqa: S704  ours
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    said = {
        name: getattr(wording, name) for name in ("number", "rate", "time", "size", "spread", "place", "share", "plain")
    }
    environment.filters |= said
    environment.globals |= said
    return environment


def _harmless(value: object) -> object:
    return wording.plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
