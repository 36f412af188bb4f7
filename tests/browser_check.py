"""Open a page in Debian's Chromium without a network, and note everything that it asks for or complains about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")


@dataclass
class Seen:
    """What a page did: addresses outside, lines on the console, errors, dialogues opened by a script."""

    outside: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogues: list[str] = field(default_factory=list)

    def nothing(self) -> bool:
        return not (self.outside or self.console or self.errors or self.dialogues)


@contextmanager
def opened(
    path: Path, *, width: int = 1280, height: int = 800, touch: bool = False
) -> Iterator[tuple[Any, Seen]]:
    """The page of a file, ready, with what it did until then and does while it is used."""
    from playwright.sync_api import sync_playwright

    seen = Seen()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
        )
        context = browser.new_context(
            offline=True, viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch
        )
        page = context.new_page()

        def route(request: Any) -> None:
            address = request.request.url
            if address.startswith(("file:", "data:", "blob:")):
                request.continue_()
            else:
                seen.outside.append(address)
                request.abort()

        page.route("**/*", route)
        page.on("console", lambda line: seen.console.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))

        def dismiss(dialogue: Any) -> None:
            seen.dialogues.append(dialogue.message)
            dialogue.dismiss()

        page.on("dialog", dismiss)
        page.goto(path.as_uri())
        page.wait_for_function("document.documentElement.dataset.ready === 'yes'", timeout=30_000)
        try:
            yield page, seen
        finally:
            context.close()
            browser.close()
