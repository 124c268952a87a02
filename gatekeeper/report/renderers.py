"""Which formats there are. Each renderer is imported when it is asked for: the usual run needs one of them."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from gatekeeper.model.result import Report

Renderer = Callable[[Report], str]
FORMATS = ("text", "json", "sarif", "junit", "markdown", "brief")


class _Renderers(Mapping[str, Renderer]):
    """`RENDERERS["json"]` is the function `render` of `gatekeeper.report.json`."""

    def __getitem__(self, name: str) -> Renderer:
        if name not in FORMATS:
            raise KeyError(name)
        return cast(Renderer, importlib.import_module(f"gatekeeper.report.{name}").render)

    def __iter__(self) -> Iterator[str]:
        return iter(FORMATS)

    def __len__(self) -> int:
        return len(FORMATS)


RENDERERS: Mapping[str, Renderer] = _Renderers()
