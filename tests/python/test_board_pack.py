"""The board pack as people see it: every page, on a phone and on a laptop, printed."""

import base64
import re
import shutil
from itertools import combinations
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from conftest import Hub
from selenium import webdriver

from publish.board_pack import figures
from publish.board_pack.__main__ import boundaries_in, write

PAGES = (
    "index",
    "variation",
    "why",
    "equity",
    "unplanned-care",
    "delays",
    "beds",
    "schemes",
    "quality",
    "methods",
    "all",
)
MOST_BYTES = 1_500_000
PHONE, LAPTOP = 375, 1280
# Texts of pictures that are cut off or touch by more than a rounding of pixels.
TOUCHING = """
const found = [];
for (const picture of document.querySelectorAll('svg')) {
  const frame = picture.getBoundingClientRect();
  const boxes = [...picture.querySelectorAll('text')]
    .filter(text => text.textContent.trim() && text.getAttribute('opacity') !== '0')
    .map(text => [text.textContent, text.getBoundingClientRect()]);
  for (const [said, box] of boxes)
    if (box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
      found.push('clipped: ' + said);
  for (let i = 0; i < boxes.length; i++)
    for (let j = i + 1; j < boxes.length; j++) {
      const [one, a] = boxes[i], [other, b] = boxes[j];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 2)
        found.push('overlap: ' + one + ' / ' + other);
    }
}
return found;
"""


# The rules of WCAG 2.2 at AA and the levels below it that axe-core can judge.
BROKEN_RULES = """
const done = arguments[arguments.length - 1];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
axe.run({runOnly: {type: 'tag', values: tags}}).then(found => done({
  broken: found.violations.map(
    rule => rule.id + ': ' + rule.nodes.map(node => node.target).join(' ')),
  kept: found.passes.length,
}));
"""


@pytest.fixture(scope="module")
def pack(hub: Hub, city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pack of the built city."""
    site = tmp_path_factory.mktemp("pack") / "board"
    board = Path(
        shutil.copy(hub.folder / "build" / "board.duckdb", site.parent / "board.duckdb")
    )
    write(board, site, boundaries_in(city / "feeds/reference"))
    return site


def test_what_is_unknown_is_said_in_one_way(pack: Path) -> None:
    for page in PAGES:
        text = (pack / f"{page}.html").read_text(encoding="utf-8")
        for marker in ("&lt;NA&gt;", ">nan<", ">None<", ">NaT<"):
            assert marker not in text, page


def test_the_pack_is_whole_small_and_needs_nothing_else(pack: Path) -> None:
    assert {path.stem for path in pack.glob("*.html")} == set(PAGES)
    assert sum(path.stat().st_size for path in pack.rglob("*.*")) < MOST_BYTES
    for path in pack.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        linked = re.findall(r'(?:href|src)="([^"#]+)"', text)
        assert [link for link in linked if not (pack / link).is_file()] == []


def test_what_rounding_costs_is_as_it_is(
    pack: Path, tables: duckdb.DuckDBPyConnection
) -> None:
    """Worked out from released counts, and compared with the true ones."""
    estimated = pd.read_csv(pack / "data" / "quality-rounding.csv", index_col="measure")
    true = tables.sql(
        "select measure_name, count(*) as counts, "
        "median(100 * abs(released_count - amount) / amount) as middle, "
        "quantile_cont(100 * abs(released_count - amount) / amount, 0.95) as most "
        "from (select any_value(measure_name) as measure_name, "
        "any_value(released_count) as released_count, sum(amount) as amount "
        "from board.board.fct_board_count as told "
        "inner join intermediate.int_board__sums as sums on "
        "told.measure_id = sums.measure_id and told.part = sums.part "
        "and told.neighbourhood_id = sums.neighbourhood_id "
        "and told.period_start_date = sums.financial_year_start_date "
        "inner join intermediate.int_board__atoms as atoms on "
        "sums.event = atoms.event and sums.division = atoms.division "
        "and sums.atom_part = atoms.atom_part and sums.age_group = atoms.age_group "
        "and sums.financial_year_start_date = atoms.financial_year_start_date "
        "where told.part = 'all' and told.geography_type = 'ward' "
        "and told.state = 'released' "
        "group by told.measure_id, told.neighbourhood_id, told.period_start_date) "
        "group by measure_name having count(*) >= 50"
    ).df()
    assert len(true)
    for row in true.itertuples():
        told = estimated.loc[row.measure_name]
        assert told["wards, median %"] == pytest.approx(row.middle, abs=4)
        assert told["wards, 95th percentile %"] == pytest.approx(row.most, abs=10)


def test_every_picture_says_what_it_shows_and_what_not(pack: Path) -> None:
    """Beside its headline, in words and as figures to download."""
    text = (pack / "all.html").read_text(encoding="utf-8")
    sections = text.split("<section")[1:]
    assert len(sections) > 10
    for section in sections:
        for part in ("<h2", 'class="subtitle"', "Not shown:", "<table", ".csv"):
            assert part in section, section[:200]
        assert ("<svg" in section) == ("<figcaption>" in section)
    assert "nan" not in re.sub(r"<[^>]+>", " ", text).lower().split()


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_pages_fit_the_width(pack: Path, browser: webdriver.Chrome, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    for page in PAGES:
        browser.get((pack / f"{page}.html").as_uri())
        needed = browser.execute_script("return document.documentElement.scrollWidth")
        assert needed <= width, page
        assert browser.execute_script(TOUCHING) == [], page
        assert browser.find_element("tag name", "h1").is_displayed()


def test_the_pack_prints(pack: Path, browser: webdriver.Chrome) -> None:
    browser.get((pack / "all.html").as_uri())
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = base64.b64decode(printed["data"])
    assert pdf.startswith(b"%PDF")
    sheets = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert len(PAGES) - 1 <= sheets < 60
    # A4 in points.
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\S* 84[12]", pdf)


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_pages_can_be_read_by_everyone(
    pack: Path, browser: webdriver.Chrome, width: int
) -> None:
    """No page breaks a rule of WCAG 2.2 AA that axe-core can judge."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    axe = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
    for page in PAGES:
        browser.get((pack / f"{page}.html").as_uri())
        browser.execute_script(axe)
        found = browser.execute_async_script(BROKEN_RULES)
        assert found["broken"] == [], page
        assert found["kept"] > 5, page


def test_another_city_has_its_own_map_or_none(tmp_path: Path) -> None:
    assert boundaries_in(tmp_path) is None
    (tmp_path / "one.geojson").touch()
    assert boundaries_in(tmp_path) == tmp_path / "one.geojson"
    (tmp_path / "two.geojson").touch()
    with pytest.raises(ValueError, match=r"two\.geojson"):
        boundaries_in(tmp_path)


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# What people without red, green or blue cones see (Viénot, Brettel and Mollon 1999;
# Machado, Oliveira and Fernandes 2009, severity 1), as matrices of linear channels.
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def seen(colour: str, kind: str) -> tuple[float, ...]:
    """The channels of a colour, 0 to 1, as people with a colour blindness see them."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(
        sum(weight * part for weight, part in zip(row, channels, strict=True))
        for row in BLINDNESS[kind]
    )


def test_colours_are_told_apart() -> None:
    """From white, and from one another, with every kind of colour vision."""
    marks = (figures.BLUE, figures.ORANGE, figures.GREY)
    for colour in marks:
        assert contrast(colour, "#ffffff") >= 3
    for kind in BLINDNESS:
        areas = (figures.BLUE, figures.ORANGE, figures.WITHIN, figures.MISSING)
        for one, other in combinations(areas, 2):
            apart = zip(seen(one, kind), seen(other, kind), strict=True)
            assert max(abs(a - b) for a, b in apart) > 0.1, (kind, one, other)
