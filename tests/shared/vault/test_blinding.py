"""How values are written before they are blinded; expectations worked out by hand."""

import pytest

from shared.vault.blinding import compared


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("+7 (900) 000-00-01", "+79000000001"),
        ("Anna.B@Example.ORG ", "annab@example.org"),
        ("ＡＮＮＡ＠example.org", "anna@exampleorg"),
        ("@Strasse", "@straße"),
        (" ", ""),
    ],
)
def test_what_is_the_same_contact_compares_equal(written: str, alike: str) -> None:
    """Case, width, blanks and punctuation make no other contact."""
    assert compared(written) == compared(alike)


def test_what_tells_contacts_apart_is_kept() -> None:
    """A plus and an underscore are part of an address."""
    assert len({compared(text) for text in ("+79", "79", "a_b@c", "ab@c", "abc")}) == 5
