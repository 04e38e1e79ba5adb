"""The first pages: choose a language, what this is, how to stay safe."""

from typing import Literal

from fastapi import APIRouter, Response

from services.intake.front_door.routes.frame import Frame

Language = Literal["en", "fr", "ru", "ar", "es"]


def routes(frame: Frame) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def choose() -> Response:
        return frame.page("en", "languages.html")

    @router.get("/{language}")
    async def welcome(language: Language) -> Response:
        return frame.page(language, "welcome.html", place="")

    @router.get("/{language}/safety")
    async def safety(language: Language) -> Response:
        return frame.page(language, "safety.html", place="/safety")

    return router
