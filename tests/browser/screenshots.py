"""`python -m tests.browser.screenshots [FOLDER]`: every page of the desk as a picture, wide and narrow, to look at.

Rule: the pictures are of a house that told the story, with something left to do; nothing is staged for the camera.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.async_api import Browser

from deploy.local.house import running
from deploy.local.story.cast import staff_id
from shared.clock import new_id
from tests.browser.chromium import NARROW, WIDE, Person, chromium, person
from tests.browser.scene import Scene, set_scene
from tests.support.house import plan_in

DEFAULT = "screenshots"


async def take(browser: Browser, scene: Scene, folder: Path) -> list[Path]:
    """All pictures; their files."""
    taken: list[Path] = []
    for name, size in (("wide", WIDE), ("narrow", NARROW)):
        for who, pages in album(scene).items():
            async with person(browser, scene.plan, size=size) as somebody:
                if who:
                    await somebody.sign_in(who)
                for title, path in pages.items():
                    taken.append(await _picture(somebody, path, folder / f"{title}-{name}.png"))
    return taken


def album(scene: Scene) -> dict[str, dict[str, str]]:
    """Who looks at what: by staff (nobody: signed out), the pages by the picture's name."""
    return {
        "": {"sign-in": "/sign-in", "session-over": "/sign-in?lost=true", "not-signed-in": "/signed-in"},
        "officer": {
            "board": "/board",
            "search": "/search",
            "board-nobody": "/board?state=closed",
            "case-family": f"/cases/{scene.family}",
            "case-alone": f"/cases/{scene.alone}",
            "person": f"/people/{scene.person}",
            "consents": f"/people/{scene.person}/consents",
            "corrections": f"/people/{scene.person}/corrections",
            "own-copy": f"/people/{scene.person}/copy",
            "family": f"/cases/{scene.family}/family",
            "verification": f"/cases/{scene.family}/verification",
            "triage": f"/cases/{scene.family}/triage",
            "plan": f"/cases/{scene.family}/plan",
            "transfers": "/transfers",
            "caseloads": "/caseloads",
            "duties": "/duties",
            "diary": f"/cases/{scene.family}/diary",
            "ending": f"/cases/{scene.family}/ending",
            "letters": "/threads",
            "letters-of-one": f"/threads/{scene.asked}",
            "requests": "/requests",
            "requests-for-me": "/requests?mine=true",
            "new-request": "/new-request",
            "request": f"/requests/{scene.asked}",
            "handovers": "/handovers",
            "roster": "/roster",
            "colleagues": "/colleagues",
            "team": f"/cases/{scene.family}/team",
            "alerts-all": "/alerts?every=true",
            "approvals-none": "/approvals",
            "figures": "/figures",
            "statements": f"/cases/{scene.family}/statements",
            "statement": f"/statements/{scene.statement}",
            "evidence": f"/evidence/{scene.evidence}",
            "resettlement": f"/cases/{scene.family}/resettlement-form",
            "imports": "/imports",
            "nothing-here": "/nowhere",
        },
        "coordinator": {"case-without-team": f"/cases/{scene.family}"},
        "director": {"approvals": "/approvals", "approval": _approval(scene)},
        "duty_officer": {"alerts": "/alerts", "case-not-found": f"/cases/{new_id()}"},
        "analyst": {"claims": "/claims", "reports": "/reports", "report": f"/reports/{scene.report}"},
        "operator": {"parked": "/parked"},
        "manager": {"interpreters": "/interpreters", "caseload": f"/caseloads/{staff_id('officer')}"},
        "guardian": {"retention": "/retention"},
    }


def _approval(scene: Scene) -> str:
    return f"/approvals/settlement/{scene.approval}"


async def _picture(somebody: Person, path: str, file: Path) -> Path:
    await somebody.open(path)
    await somebody.page.screenshot(path=file, full_page=True)
    return file


async def main(folder: Path) -> None:
    """A house of its own, told and photographed."""
    with TemporaryDirectory() as home:
        plan = plan_in(Path(home) / "house", desk=True, front_door=True)
        async with running(plan), httpx.AsyncClient(timeout=20, trust_env=False) as http, chromium() as browser:
            for file in await take(browser, await set_scene(plan, http), folder):
                print(file)


if __name__ == "__main__":
    asyncio.run(main(Path(*sys.argv[1:]) if sys.argv[1:] else Path(DEFAULT)))
