"""The drawings say in words all that they show, hold what they are given as text, and scale."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from sales.channel_build import build_channel, lc_cord, mpo_cord
from sales.channel_check import check_channel
from sales.channel_drawing import channel_figure, channel_svg
from sales.channel_parts import Optic, Part, optic_of
from sales.channel_text import channel_payload
from sales.figure import Box, Figure, Line, Words, clipped, svg_of
from sales.link_budget_drawing import link_budget_figure, link_budget_svg, outcome
from sales.reference.files import known_links
from tests.payload_examples import FILE, as_text

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]><!--",
    "&lt;&#x3c;",
    "\x00\x08\ufffe",
    "]" * 5_000,
    "光ファイバー",
)
LINKS = known_links()
SR4 = optic_of(LINKS["100GBASE-SR4"])
SVG = "{http://www.w3.org/2000/svg}"


def budget(limit: float = 1.9, *parts: tuple[str, float, float | None], **more: Any) -> Any:
    """A payload of a link budget."""
    told = parts or (("100 m of fiber, OM4", 0.3, 0.2), ("2 MPO pairs", 1.2, 0.4))
    total = round(sum(loss for _, loss, _ in told), 3)
    typical = [each for _, _, each in told]
    return {
        "kind": "link_budget",
        "title": "100GBASE-SR4, 100 m of OM4",
        "limit_db": limit,
        "total_db": total,
        "typical_db": None if None in typical else sum(filter(None, typical)),
        "passes": total <= limit,
        "parts": [
            {"label": label, "loss_db": loss, "typical_db": each} for label, loss, each in told
        ],
        **more,
    }


def channel(*parts: Part, optic: Optic = SR4) -> dict[str, Any]:
    return channel_payload(check_channel(build_channel(optic, parts, optic)))


def words(figure: Figure) -> list[str]:
    return [shape.text for shape in figure.shapes if isinstance(shape, Words)]


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # our own text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_stay_text(hostile: str) -> None:
    checked = channel(mpo_cord("A", "OM4"))
    checked["title"] = checked["ends"][0]["name"] = checked["joints"][0]["text"] = hostile
    checked["cables"][0]["name"] = checked["ends"][1]["places"][0] = hostile
    drawn = [
        link_budget_svg(budget(1.9, (hostile, 0.3, 0.1), title=hostile)),
        channel_svg(checked),
        svg_of(Figure(hostile, hostile, 10, 10, (Words(0, 0, hostile, color=hostile),)), "x"),
    ]

    for svg in drawn:
        tags = {element.tag.removeprefix(SVG) for element in parsed(svg).iter()}
        assert tags <= {"svg", "title", "desc", "rect", "polyline", "polygon", "circle", "text"}
        names = {name for element in parsed(svg).iter() for name in element.attrib}
        assert not [name for name in names if name.startswith("on") or "href" in name]


@pytest.mark.parametrize("payload", [budget(), budget(1.0)])
def test_a_budget_is_told_in_words_too(payload: dict[str, Any]) -> None:
    root = parsed(link_budget_svg(payload))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    assert payload["title"] in str(root[0].text)
    told = str(root[1].text)
    for part in ("100 m of fiber, OM4: 0.30 dB, typically 0.20 dB", "2 MPO pairs: 1.20 dB"):
        assert part in told
    assert f"1.50 of {payload['limit_db']:.2f} dB" in told
    assert outcome(payload) in told


def bars(figure: Figure, color: str) -> list[Box]:
    return [shape for shape in figure.shapes if isinstance(shape, Box) and shape.fill == color]


def test_parts_are_stacked_to_scale_against_the_limit() -> None:
    figure = link_budget_figure(budget(3.0, ("fiber", 1.0, 0.5), ("pairs", 1.0, 0.25)))
    fiber, typical, _ = bars(figure, "#1d5fa8")  # the last is the key to the colors
    pairs = bars(figure, "#19727f")[0]
    (limit,) = (s for s in figure.shapes if isinstance(s, Line) and s.width == 2.5)

    assert pairs.x == pytest.approx(fiber.x + fiber.width + 1)
    assert pairs.width == pytest.approx(fiber.width)
    assert typical.width == pytest.approx(fiber.width / 2, abs=1)
    assert limit.points[0][0] - fiber.x == pytest.approx(3 * (fiber.width + 1))


def test_a_budget_says_what_is_left_what_is_too_much_and_what_is_not_known() -> None:
    assert "1.50 dB to spare" in words(link_budget_figure(budget(3.0)))
    over = words(link_budget_figure(budget(1.0)))
    assert "does not fit" in over
    assert any("0.50 dB too much" in line for line in over)
    far = words(link_budget_figure(budget(passes=False, beyond_reach=True)))
    assert any("longer than the link reaches" in line for line in far)
    unknown = budget(1.9, ("fiber", 0.3, 0.2), ("2 MPO pairs, as given", 0.8, None))
    assert "Typical" not in words(link_budget_figure(unknown))


def test_every_fiber_runs_from_end_to_end() -> None:
    figure = channel_figure(channel(mpo_cord("B", "OM4"), mpo_cord("B", "OM4")))
    fibers = [s for s in figure.shapes if isinstance(s, Line) and len(s.points) > 2]

    assert len(fibers) == 12
    assert {len(fiber.points) for fiber in fibers} == {6}
    assert len({fiber.points[-1] for fiber in fibers}) == 12


def test_joints_tell_pins_keys_and_results_in_words() -> None:
    told = words(channel_figure(channel(mpo_cord("B", "OM4", "FM"), mpo_cord("B", "OM4", "MF"))))

    for line in ("Joint 2", "fails", "does not work", "MPO-12 | MPO-12", "pins | pins"):
        assert line in told
    assert "key up | key up" in told
    assert "1 Tx" in told


def test_where_plugs_do_not_fit_no_fiber_is_drawn_and_it_is_said() -> None:
    figure = channel_figure(channel(mpo_cord("B", "OM4"), lc_cord("OM4")))

    assert not [s for s in figure.shapes if isinstance(s, Line) and len(s.points) > 2]
    assert any("not followed" in line for line in words(figure))


def test_a_long_name_is_cut_and_a_short_one_is_not() -> None:
    assert clipped("the trunk", 120) == "the trunk"
    assert clipped("x" * 100, 120).endswith("…")
    assert len(clipped("x" * 100, 120)) < 20


def test_the_widgets_tests_draw_what_the_code_really_makes() -> None:
    """`python -m tests.payload_examples` writes the file anew."""
    assert FILE.read_text(encoding="utf-8") == as_text()
