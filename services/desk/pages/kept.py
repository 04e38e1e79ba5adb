"""A form that was refused comes back on its page, with what was typed in it and what is wrong said at the field.

Rule: nothing that somebody wrote is lost by a refusal, but for secret words, which no page says again. The page is the
one that the form stood on as it is now, so a form that is sent again speaks of what its sender then saw.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from itertools import groupby

Typed = Sequence[tuple[str, str]]
Edit = tuple[int, int, str]

AS_IT_IS = frozenset({"token", "here", "version", "word", "code_word", "duress_word"})
"""Fields that keep what the page gives them."""


@dataclass(frozen=True)
class Tag:
    """A tag as it stands in the page. form: the number of the form around it; 0 around none. within: the details
    around it, by where their tags stand. closes: where its end tag begins, of a text area."""

    begins: int
    ends: int
    kind: str
    said: Mapping[str, str | None]
    form: int
    within: tuple[tuple[int, int], ...]
    closes: int = 0

    @property
    def name(self) -> str:
        return self.said.get("name") or ""

    @property
    def value(self) -> str:
        return self.said.get("value") or ""

    @property
    def type(self) -> str:
        return self.said.get("type") or ""

    @property
    def typed_in(self) -> bool:
        return self.kind in {"input", "select", "textarea"} and self.type != "hidden" and self.name != ""


class _Reading(HTMLParser):
    """The tags of a page that have to do with forms, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self._lines = [0]
        for line in page.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._form, self._forms = 0, 0
        self._details: list[tuple[int, int]] = []
        self.feed(page)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        begins = self._at()
        ends = begins + len(self.get_starttag_text() or "")
        if tag == "details":
            self._details.append((begins, ends))
        if tag == "form":
            self._forms += 1
            self._form = self._forms
        self.tags.append(Tag(begins, ends, tag, dict(attrs), self._form, tuple(self._details)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "details" and self._details:
            self._details.pop()
        elif tag == "form":
            self._form = 0
        elif tag == "textarea":
            last = self.tags.pop()
            self.tags.append(Tag(last.begins, last.ends, last.kind, last.said, last.form, last.within, self._at()))


def refilled(page: str, act: str, typed: Typed, said: str, wrong: Mapping[str, str]) -> str | None:
    """The page with the form that was sent to `act` as it was typed.

    said: markup that begins the form. wrong: markup before a field, by the field's name. None when the page has no
    such form, or one in which nothing can be typed.
    """
    form, fields = _sent(page, act, typed)
    if form is None or not any(one.typed_in for one in fields):
        return None
    edits = [(form.ends, form.ends, said), *_opened(form, page), *_fields(fields, page, list(typed), wrong)]
    return _edited(page, edits)


def _sent(page: str, act: str, typed: Typed) -> tuple[Tag | None, Sequence[Tag]]:
    """The form that was sent, with its fields: the one that says by itself what was sent; or the only one with this
    act, although that has changed meanwhile, unless it speaks of several things in a row."""
    tags = (tag for tag in _Reading(page).tags if tag.form)
    all_forms = [list(group) for _, group in groupby(tags, key=lambda tag: tag.form)]
    forms = [(form, fields) for form, *fields in all_forms if form.said.get("action") == act]
    for form, fields in forms:
        if all((one.name, one.value) in typed for one in _hidden(fields)):
            return form, fields
    if len(forms) == 1 and len({one.name for one in _hidden(forms[0][1])}) == len(_hidden(forms[0][1])):
        return forms[0]
    return None, ()


def _hidden(fields: Sequence[Tag]) -> list[Tag]:
    return [one for one in fields if one.type == "hidden" and one.name not in AS_IT_IS]


def _opened(form: Tag, page: str) -> Iterator[Edit]:
    for begins, ends in form.within:
        if " open" not in page[begins:ends]:
            yield ends - 1, ends - 1, " open"


def _fields(fields: Sequence[Tag], page: str, left: list[tuple[str, str]], wrong: Mapping[str, str]) -> Iterator[Edit]:
    """left: what was typed; a name that stands at several fields gives each its own."""
    picked: str | None = None
    for one in fields:
        text = page[one.begins : one.ends]
        if one.kind == "option" and picked is not None:
            yield one.begins, one.ends, _marked(text, "selected", marked=one.value == picked)
        elif not one.typed_in or one.name in AS_IT_IS:
            picked = None if one.kind == "select" else picked
        elif one.type in {"checkbox", "radio"}:
            yield one.begins, one.ends, _marked(text, "checked", marked=(one.name, one.value) in left)
        else:
            value = _next(left, one.name)
            yield one.begins, one.begins, wrong.get(one.name, "")
            if one.kind == "select":
                picked = value
            elif one.kind == "textarea":
                yield one.ends, one.closes, "\n" + escape(value)
            else:
                yield one.begins, one.ends, f'{_without_value(text)[:-1]} value="{escape(value)}">'


def _next(left: list[tuple[str, str]], name: str) -> str:
    found = next((one for one in left if one[0] == name), None)
    if found is None:
        return ""
    left.remove(found)
    return found[1]


def _marked(tag: str, how: str, *, marked: bool) -> str:
    bare = tag.replace(f" {how}", "")
    return f"{bare[:-1]} {how}>" if marked else bare


def _without_value(tag: str) -> str:
    """An input, as the templates write it."""
    before, _, after = tag.partition(' value="')
    return before + after.partition('"')[2] if after else tag


def _edited(page: str, edits: Sequence[Edit]) -> str:
    for begins, ends, text in sorted(edits, key=lambda one: one[:2], reverse=True):
        page = page[:begins] + text + page[ends:]
    return page
