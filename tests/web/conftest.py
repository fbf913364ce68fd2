"""A real server over a fake assistant, for tests that speak HTTP or drive a browser.

`address` is the whole application with the chat page; `embedded` (see `three_sites`) has invited sites and no chat
page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_assistant import FakeAssistant
from served import app_over, serving

from rag.settings import Settings

if TYPE_CHECKING:
    from three_sites import Embedded


@pytest.fixture(scope="session")
def settings_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Settings]:
    """Settings whose files are in a folder of their own."""

    def made() -> Settings:
        folder: Path = tmp_path_factory.mktemp("wenju")
        return Settings(_env_file=None, index=folder / "index", sites=folder / "sites.toml")  # type: ignore[call-arg]

    return made


@pytest.fixture(scope="session")
def fake_assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="session")
def address(fake_assistant: FakeAssistant, settings_in: Callable[[], Settings]) -> Iterator[str]:
    """Where `fake_assistant` is served, without a pause between its pieces."""
    with serving(app_over(fake_assistant, settings_in())) as address:
        yield address


@pytest.fixture(scope="session")
def embedded(fake_assistant: FakeAssistant, settings_in: Callable[[], Settings]) -> Iterator[Embedded]:
    """Where `fake_assistant` is served to three invited sites."""
    from three_sites import serving_sites

    with serving_sites(fake_assistant, settings_in()) as embedded:
        yield embedded
