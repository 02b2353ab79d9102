"""Draw docs/figures/accuracy-rule.svg: how likely a candidate passes, by how much accuracy it truly keeps.

python -m tools.accuracy_rule_figure
"""

from pathlib import Path

from benchmarks.accuracy_rule import COUNTS, LIMIT, pass_rates

FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "accuracy-rule.svg"
SHARES = tuple(0.90 + 0.005 * step for step in range(21))
PANEL, HEIGHT, GAP, LEFT, TOP = 226, 210, 52, 62, 66
WIDTH, WHOLE = LEFT + 3 * PANEL + 2 * GAP + 20, TOP + HEIGHT + 62
STYLE = """
  text { font: 13px system-ui, "Segoe UI", Roboto, sans-serif; fill: #1b2330; }
  .soft { fill: #5a6577; font-size: 12px; } .title { font-weight: 600; }
  .grid { stroke: #dfe3ea; } .limit { stroke: #5a6577; stroke-dasharray: 3 3; }
  .usual { fill: none; stroke: #c0602b; stroke-width: 2; stroke-dasharray: 6 4; }
  .ours { fill: none; stroke: #1f5fa8; stroke-width: 2.5; }
  .wrong { fill: #c0602b; fill-opacity: .13; } .wrong-ours { fill: #1f5fa8; fill-opacity: .35; }
"""


def main() -> None:
    panels = "".join(panel(count, LEFT + index * (PANEL + GAP), index == 0) for index, count in enumerate(COUNTS))
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {WHOLE}" role="img" '
        'aria-label="Probability of passing against the share of accuracy truly kept, for 64, 200 and 1000 items">\n'
        f'<style>{STYLE}</style>\n<rect width="{WIDTH}" height="{WHOLE}" fill="#fff"/>\n{legend()}{panels}'
        f'<text class="soft" x="{(LEFT + WIDTH - 20) / 2}" y="{WHOLE - 14}" text-anchor="middle">'
        "share of the baseline's accuracy that the candidate truly keeps; 95 % is demanded</text>\n"
        f'<text class="soft" transform="translate(18 {TOP + HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        "candidates that pass</text>\n</svg>\n"
    )


def legend() -> str:
    """Above the panels, in one line."""
    return (
        f'<path class="usual" d="M{LEFT} 20h34"/><text x="{LEFT + 42}" y="24">compare the two estimates</text>'
        f'<path class="ours" d="M{LEFT + 240} 20h34"/>'
        f'<text x="{LEFT + 282}" y="24">edgeci: the paired 95 % bound</text>'
        f'<rect class="wrong" x="{LEFT + 505}" y="12" width="26" height="15"/>'
        f'<text x="{LEFT + 539}" y="24">wrongly shipped</text>\n'
    )


def panel(count: int, left: float, has_scale: bool) -> str:
    rates = [pass_rates(share, count) for share in SHARES]
    ours = [(across(share, left), down(rate)) for share, (rate, _) in zip(SHARES, rates, strict=True)]
    usual = [(across(share, left), down(rate)) for share, (_, rate) in zip(SHARES, rates, strict=True)]
    limit = across(LIMIT, left)
    return (
        f'<text class="title" x="{left + PANEL / 2}" y="{TOP - 12}" text-anchor="middle">{count} items</text>\n'
        + "".join(level(share, left, has_scale) for share in (0, 0.25, 0.5, 0.75, 1))
        + "".join(tick(share, left) for share in (0.90, 0.95, 1.0))
        + f'<path class="wrong" d="{area(usual, limit)}"/><path class="wrong-ours" d="{area(ours, limit)}"/>\n'
        + f'<path class="limit" d="M{limit:.1f} {TOP}v{HEIGHT}"/>\n'
        + f'<path class="usual" d="{line(usual)}"/><path class="ours" d="{line(ours)}"/>\n'
    )


def level(share: float, left: float, has_scale: bool) -> str:
    text = f'<text class="soft" x="{left - 8}" y="{down(share) + 4:.1f}" text-anchor="end">{100 * share:.0f} %</text>'
    return f'<path class="grid" d="M{left} {down(share):.1f}h{PANEL}"/>{text if has_scale else ""}\n'


def tick(share: float, left: float) -> str:
    return (
        f'<text class="soft" x="{across(share, left):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">'
        f"{100 * share:.0f} %</text>\n"
    )


def across(share: float, left: float) -> float:
    return left + (share - SHARES[0]) / (SHARES[-1] - SHARES[0]) * PANEL


def down(rate: float) -> float:
    return TOP + (1 - rate) * HEIGHT


def line(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def area(points: list[tuple[float, float]], limit: float) -> str:
    """Below the curve, as far as the limit: what passes and should not."""
    inside = [(x, y) for x, y in points if x <= limit + 0.1]
    return f"{line(inside)}L{inside[-1][0]:.1f} {down(0):.1f}L{inside[0][0]:.1f} {down(0):.1f}Z"


if __name__ == "__main__":
    main()
