"""A chat template renders as in transformers, always the same, and within limits."""

import pytest

from edgeci.errors import InputRejected
from edgeci.evaluation.chat_template import LONGEST_PROMPT, render

CHATML = """{%- for message in messages -%}
    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""


def rendered(template: str, is_start_added: bool = False, **special_tokens: str) -> str:
    return render(template, "Hi", special_tokens, is_start_added)


def test_a_prompt_is_rendered_up_to_where_the_answer_starts() -> None:
    assert rendered(CHATML) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


def test_blocks_leave_no_lines_behind() -> None:
    assert (
        rendered("{% for m in messages %}\n    {% if true %}\n{{ m.content }}\n    {% endif %}\n{% endfor %}") == "Hi\n"
    )


def test_a_start_token_comes_once() -> None:
    template = "{{ bos_token }}[{{ messages[0].content }}]{{ eos_token }}"
    assert rendered(template, bos_token="<s>", eos_token="</s>") == "<s>[Hi]</s>"
    assert rendered(template, is_start_added=True, bos_token="<s>", eos_token="</s>") == "[Hi]</s>"
    assert rendered(template) == "[Hi]", "what the model does not have is empty"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ {'b': 'é<', 'a': 1} | tojson }}", '{"b": "é<", "a": 1}'),
        ("{{ [1] | tojson(indent=1) }}", "[\n 1\n]"),
        ("{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}", "Hi"),
        ("{% for n in range(9) %}{% if n > 1 %}{% break %}{% endif %}{{ n }}{% endfor %}", "01"),
        ("{% if tools %}tools{% elif documents %}documents{% else %}neither{% endif %}", "neither"),
        ("{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% endif %}", "26 Jul 2024"),
    ],
)
def test_what_transformers_offers_a_template_is_there_and_its_clock_stands(template: str, text: str) -> None:
    assert rendered(template) == text


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ raise_exception('roles must\nalternate') }}", "roles must alternate"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ messages.append(1) }}", "SecurityError"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "SecurityError"),
        ("{% for %}", "TemplateSyntaxError"),
        ("{% include '/etc/passwd' %}", "TypeError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ messages[0].content + 1 }}", "TypeError"),
        ("{% for n in range(1000000000) %}x{% endfor %}", "OverflowError"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}" + "x" * 40 + "{% endfor %}{% endfor %}", "more than"),
    ],
)
def test_a_template_that_fails_or_reaches_too_far_is_refused_in_one_line(template: str, complaint: str) -> None:
    with pytest.raises(InputRejected, match="chat template does not render") as refused:
        rendered(template)
    assert complaint in str(refused.value) and "\n" not in str(refused.value)


def test_a_long_prompt_of_the_user_is_no_attack() -> None:
    assert len(render(CHATML, "x" * (LONGEST_PROMPT // 2), {}, False)) > LONGEST_PROMPT // 2
