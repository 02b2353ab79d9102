"""Strings that break careless formats, and any text at all for hypothesis."""

from hypothesis import strategies

HOSTILE = (
    "::error::pwned",
    "##[error]pwned",
    "first\nsecond\r\nthird\rfourth",
    "\n\n# heading\n\n- item\n\n```\nfence",
    "]]>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "--><b>out of the comment",
    "\x1b[31mred\x1b[0m",
    "$(id) `id` ${{ github.token }}",
    "NUL \x00 bell \x07 delete \x7f next line \x85",
    "lone \ud800 surrogate \udfff",
    "noncharacters \ufffe \uffff \U0010ffff",
    "right to left \u202egnp.exe\u202c",
    "a|b\\|c\\\\|d",
    "*bold* _soft_ **strong** ~~gone~~ ***",
    "[link](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "@octocat #12 GH-12 octocat/hello#1 user@example.org www.example.org :tada: $x^2$",
    "&lt; &#42; &amp; &copy;",
    "{{ 7 * 7 }} {% raw %}",
    "100% %0A %25 a:b,c=d",
    '\'"` " onload="alert(1)',
    "日本語 ✓ é e\u0301 🏳️‍🌈",
    " ",
)

ANY_TEXT = strategies.text(strategies.characters(exclude_categories=()), min_size=1, max_size=60) | strategies.text(
    strategies.sampled_from("\\|*_`~[]()<>&#!@$:;%,.-+= \n\r\t\x00\x1b\ud800aw1"), min_size=1, max_size=40
)
