"""The docs site opens from disk in a browser and leads from a mart to its feeds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from publish.docs_site import DocsError, write_site

MODEL = "model.leeds_intelligence_hub"
MART = f"{MODEL}.fct_neighbourhood_month"
SOURCE = "source.leeds_intelligence_hub"


# Without these Chromium asks its maker for updates, or does not start as root.
@pytest.fixture(scope="module")
def site(documented: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the docs site of the built city."""
    folder = tmp_path_factory.mktemp("site")
    assert write_site(documented, folder) == [], "columns without lineage"
    return folder


def shown(browser: webdriver.Chrome, path: str) -> WebElement:
    """The first visible element at an XPath, waited for."""

    def visible(browser: webdriver.Chrome) -> WebElement | None:
        found = browser.find_elements(By.XPATH, path)
        return next((element for element in found if element.is_displayed()), None)

    return WebDriverWait(browser, 30).until(visible, f"nothing is shown at {path}")


def open_overview(browser: webdriver.Chrome, site: Path) -> None:
    """Open the site as if for the first time."""
    browser.get("about:blank")
    browser.get((site / "index.html").as_uri())
    shown(browser, "//h1[text()='Leeds Intelligence Hub']")


def upstream(manifest: dict[str, Any], unique_id: str) -> set[str]:
    """Everything that a node is made of."""
    parents = set(manifest["parent_map"].get(unique_id, []))
    return parents.union(*(upstream(manifest, parent) for parent in parents))


def test_the_overview_leads_to_the_marts_and_to_the_column_lineage(
    site: Path, browser: webdriver.Chrome
) -> None:
    open_overview(browser, site)
    shown(browser, "//a[.='dim_person']").click()
    shown(browser, "//h1[contains(., 'dim_person')]")
    open_overview(browser, site)
    shown(browser, "//a[.='column lineage']").click()
    for name in ("fct_neighbourhood_month", "int_neighbourhood__small_area_months"):
        shown(browser, f"//*[@data-id='{MODEL}.{name}']")
    shown(browser, f"//*[@data-id='{MART}']//*[.='emergency_admission_count']")


def test_a_mart_is_found_by_searching_and_shows_its_columns_and_tests(
    site: Path, browser: webdriver.Chrome, manifest: dict[str, Any]
) -> None:
    open_overview(browser, site)
    # Without its prefix the first twenty names that dbt shows are of other models.
    shown(browser, "//input[@ng-model='search.query']").send_keys(
        "fct_neighbourhood_mon"
    )
    result = "//*[contains(@class, 'search-result')]"
    shown(browser, f"{result}//h4[contains(., 'fct_neighbourhood_month')]").click()
    shown(browser, "//h1[contains(., 'fct_neighbourhood_month')]")
    assert browser.current_url.endswith(f"#!/model/{MART}")
    assert "One row is one area in one month" in shown(browser, "//body").text
    for column in manifest["nodes"][MART]["columns"]:
        shown(browser, f"//td//*[normalize-space()='{column}']")
    shown(browser, "//a[contains(., 'Data Tests')]").click()
    for test in ("assert_areas_add_up_to_the_city", "assert_every_area_has_population"):
        shown(browser, f"//a[contains(., '{test}')]")


def test_the_lineage_graph_leads_from_a_mart_back_to_its_feeds(
    site: Path, browser: webdriver.Chrome, manifest: dict[str, Any]
) -> None:
    open_overview(browser, site)
    browser.get(f"{(site / 'index.html').as_uri()}#!/model/{MART}")
    shown(browser, "//*[@ng-click='onLauncherClick()']").click()
    shown(browser, "//*[@ng-click='showExpanded()']").click()
    selection = shown(
        browser, "//*[@ng-model='selectorService.selection.dirty.include']"
    )
    # What is made of the mart is left out by its +. The box is not emptied to be filled
    # anew: empty it selects the whole project, which takes minutes to lay out.
    assert selection.get_attribute("value") == "+fct_neighbourhood_month+"
    selection.send_keys(Keys.END, Keys.BACKSPACE)
    shown(browser, "//*[@id='submit-graph-selection']").click()
    expected = {
        node
        for node in upstream(manifest, MART)
        if node.split(".")[0] in ("model", "seed", "source")
    }
    feeds = {node.split(".")[2] for node in expected if node.startswith("source.")}
    assert {"acute_sus", "community_csds", "primary_care", "reference"} <= feeds
    # The graph is a drawing: what it draws is asked of the page's own script.
    drawn = (
        "return angular.element(document.body).injector().get('graph').graph.elements"
        ".filter(element => element.group == 'nodes').map(element => element.data.id)"
    )
    WebDriverWait(browser, 30).until(
        lambda browser: set(browser.execute_script(drawn)) == {*expected, MART}
    )


@pytest.mark.parametrize(
    ("kind", "name", "title"),
    [
        ("metric", "emergency_admission_rate", "Emergency admissions per 1,000"),
        ("saved_query", "people_admitted_by_segment", "people_admitted_by_segment"),
    ],
)
def test_metrics_and_saved_queries_are_shown(
    site: Path, browser: webdriver.Chrome, kind: str, name: str, title: str
) -> None:
    open_overview(browser, site)
    page = f"#!/{kind}/{kind}.leeds_intelligence_hub.{name}"
    browser.get(f"{(site / 'index.html').as_uri()}{page}")
    shown(browser, f"//h1[contains(., '{title}')]")


def test_column_lineage_leads_to_the_delivered_column(
    site: Path, browser: webdriver.Chrome
) -> None:
    browser.get((site / "lineage.html").as_uri())
    edges = browser.execute_script("return window.colibriData.lineage.edges")
    parents: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in edges:
        child = (edge["target"], edge["targetColumn"])
        parents.setdefault(child, set()).add((edge["source"], edge["sourceColumn"]))
    seen = {(f"{MODEL}.fct_hospital_spell", "discharge_delay_days")}
    while new := {p for child in seen for p in parents.get(child, ())} - seen:
        seen |= new
    delivered = {
        column for node, column in seen if node == f"{SOURCE}.acute_sus.apc_spell"
    }
    assert "ready_date" in delivered


def test_the_site_asks_nothing_of_the_network(
    site: Path, browser: webdriver.Chrome
) -> None:
    browser.get_log("performance")
    open_overview(browser, site)
    browser.get((site / "lineage.html").as_uri())
    shown(browser, "//*[contains(@class, 'react-flow__node')]")
    messages = [
        json.loads(entry["message"])["message"]
        for entry in browser.get_log("performance")
    ]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert (site / "index.html").as_uri() in asked
    assert [
        url for url in asked if not re.match("(file|data|about|chrome):", url)
    ] == []


def test_the_site_holds_no_key(site: Path) -> None:
    for page in ("index.html", "lineage.html"):
        text = (site / page).read_text()
        assert not [key for key in KEYS.values() if key in text]


def test_a_site_is_not_written_without_docs(tmp_path: Path) -> None:
    with pytest.raises(DocsError, match="make site"):
        write_site(tmp_path, tmp_path / "site")
    assert not (tmp_path / "site").exists()
