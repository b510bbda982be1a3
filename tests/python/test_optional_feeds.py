"""Every feed but a stated minimum may be missing, and any month may be the first.

Each feed is missing from one of two halves and present in the other, so two builds show
each left out among others; a third has the minimum alone.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Hub

MINIMUM = {
    "primary_care/PDS_Person",
    "primary_care/PDS_Address",
    "opt_outs/national_data_opt_out",
    "opt_outs/type_1_opt_out",
    "reference",
}
HALVES = (
    ("acute_sus", "care_homes", "community_beds", "deaths", "social_care_cld"),
    (
        *("better_care_fund", "comparators", "community_csds", "delays"),
        *("mental_health_mhsds", "service_supply", "transfer_of_care"),
    ),
)
# A first month in mid-quarter, and a last day in mid-month.
ODD_DAYS = {"first_month": "2021-05-01", "as_of_date": "2025-03-14"}
# Fact, its feed, and columns of fct_neighbourhood_month that count it.
FACTS = {
    "hospital_spell": ("acute_sus", "emergency_admission_count", "hospital_days"),
    "community_contact": ("community_csds", "community_contact_count"),
    "community_bed_stay": ("community_beds", "community_bed_days"),
    "mental_health_spell": ("mental_health_mhsds", "mental_health_spell_count"),
    "social_care_event": ("social_care_cld", "social_care_service_count"),
    "listed_delay": ("delays", "delayed_transfer_count"),
}


@pytest.fixture(scope="module")
def built(
    city: Path, make_hub: Callable[..., Hub], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Hub]:
    """A function that builds some feeds of the city, without some kinds of nodes."""

    def build(feeds: set[str], *without: str, **variables: str) -> Hub:
        folder = tmp_path_factory.mktemp("some") / "feeds"
        for feed in feeds:
            link = folder / feed
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(city / "feeds" / feed)
        hub = make_hub(folder)
        hub.variables.update(variables)
        result = hub.dbt("build", "--exclude-resource-type", *without)
        assert result.returncode == 0, result.stdout[-6000:]
        return hub

    return build


def said_to_be_absent(hub: Hub, fact: str) -> bool:
    """Whether a fact is absent wherever it could be; it is present everywhere else."""
    feed, *columns = FACTS[fact]
    counted = " or ".join(f"{column} is not null" for column in columns)
    ((files, known, delivered),) = hub.rows(
        "select (select sum(file_count) from quality.fct_feed_row_account "
        f"where feed = '{feed}'), (select count(*) "
        f"from neighbourhood.fct_neighbourhood_month where {counted}), "
        "(select bool_or(is_delivered) from quality.fct_completeness "
        f"where fact = '{fact}')"
    )
    assert bool(files) == bool(known) == delivered, fact
    return not delivered


def test_the_minimum_alone_builds_and_says_what_is_absent(
    built: Callable[..., Hub],
) -> None:
    hub = built(MINIMUM, "unit_test")
    assert all(said_to_be_absent(hub, fact) for fact in FACTS)
    assert hub.rows(
        "select count(*) > 10000, count(emergency_attendance_count), count(cost_gbp) "
        "from person.fct_person_month"
    ) == [(True, 0, 0)]
    # Without registrations a practice is not known to have no one: it is absent.
    assert hub.rows(
        "select distinct area_basis from neighbourhood.fct_neighbourhood_month"
    ) == [("residence",)]


@pytest.mark.parametrize("left_out", [0, 1])
def test_each_feed_may_be_left_out(built: Callable[..., Hub], left_out: int) -> None:
    feeds = {*MINIMUM, *HALVES[1 - left_out]}
    hub = built(feeds, "unit_test", "test", **(ODD_DAYS if left_out else {}))
    absent = {fact for fact in FACTS if said_to_be_absent(hub, fact)}
    assert absent == {fact for fact, of in FACTS.items() if of[0] in HALVES[left_out]}
