"""How the page of the API looks: light and dark, in the reader's own fonts."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --line: #d5d9e0; --soft: #f4f6f9; --text: #1a1f29; --faint: #5b6573; --link: #0b57c4;
  --get: #0a6b3d; --post: #0b57c4; --patch: #8a5a00; --delete: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --line: #333b48; --soft: #1c222c; --text: #e6e9ef; --faint: #9aa5b4;
  --link: #8ab4f8; --get: #6fd39b; --post: #8ab4f8; --patch: #f0c065; --delete: #ff9a91; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: Canvas; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 1rem; top: 1rem; background: Canvas; padding: .5rem 1rem; }
header { padding: 1.5rem 2rem; border-bottom: 1px solid var(--line); }
header h1 { margin: 0; font-size: 1.5rem; }
header p { margin: .25rem 0 0; color: var(--faint); }
.columns { display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; padding: 1.5rem 1rem 1.5rem 2rem;
  border-right: 1px solid var(--line); font-size: .875rem; }
nav h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--faint);
  margin: 1rem 0 .25rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .15rem 0; text-decoration: none; overflow-wrap: anywhere; }
main { padding: 1.5rem 2rem 4rem; max-width: 60rem; }
section > h2 { margin-top: 2.5rem; }
article { border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem 0; }
article h3 { margin: 0; font: 600 1rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
article h4 { margin: 1rem 0 .25rem; font-size: .9rem; }
.method { display: inline-block; min-width: 4.5rem; }
.get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); }
.delete { color: var(--delete); }
.access { float: right; font: 400 .8rem system-ui, sans-serif; color: var(--faint); border: 1px solid var(--line);
  border-radius: 1rem; padding: 0 .6rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; }
code, pre { font-family: ui-monospace, monospace; font-size: .85em; }
pre { background: var(--soft); padding: .75rem 1rem; border-radius: 6px; overflow: auto; }
@media (max-width: 50rem) { .columns { display: block; }
  nav { position: static; max-height: none; border-right: 0; border-bottom: 1px solid var(--line); } }
"""
