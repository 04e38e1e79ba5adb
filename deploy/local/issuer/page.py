"""The page on which somebody says which of the invented staff they are."""

from collections.abc import Iterable, Mapping
from html import escape

from deploy.local.story.cast import called

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who are you? · development issuer</title>
<style>
body {{ margin: 2rem auto; max-width: 34rem; padding: 0 1rem; font: 1.0625rem/1.5 sans-serif; color: #1c2430; }}
.note {{ border-left: .3rem solid #9a5b00; background: #fdf3e1; padding: .6rem 1rem; }}
ul {{ list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr));
      gap: .5rem; }}
button {{ width: 100%; padding: .6rem 1rem; font: inherit; text-align: left; color: inherit; background: #fff;
          border: 1px solid #66717f; border-radius: .3rem; }}
button:hover {{ background: #eef3f8; }}
button:focus-visible {{ outline: 3px solid #1b5e9b; outline-offset: 2px; }}
</style>
</head>
<body>
<main>
<h1>Who are you?</h1>
<p class="note">This is the development issuer of a local installation. It asks for no password, and nobody on this
list exists. Production refuses it.</p>
<form method="post" action="/authorize">
{hidden}
<ul>
{people}
</ul>
</form>
</main>
</body>
</html>
"""


def sign_in_page(asked: Mapping[str, str], names: Iterable[str]) -> str:
    """asked: the parameters of the client's question, sent back with the choice."""
    hidden = (f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in asked.items())
    people = (f'<li><button name="who" value="{escape(name)}">{escape(called(name))}</button></li>' for name in names)
    return _PAGE.format(hidden="\n".join(hidden), people="\n".join(people))
