"""The coarser tables know less than the hub, and cannot be joined to it."""

import duckdb

# As dbt_project.yml sets it.
SHIFT = 30


def test_people_have_another_pseudonym_and_the_period_of_their_birth(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        tables.sql(
            "select count(*), count(*) filter (where hub.person_id is not null), "
            "count(*) filter (where birth_period_start_date "
            "<> date_trunc('quarter', birth_period_start_date)), "
            "count(*) filter (where ward.code is null "
            "and people.neighbourhood_id is not null) "
            "from coarse.person.dim_coarse_person as people "
            "left join hub.person.dim_person as hub using (person_id) "
            "left join hub.neighbourhood.dim_neighbourhood as ward "
            "on people.neighbourhood_id = ward.neighbourhood_id "
            "and ward.geography_type = 'ward'"
        ).fetchall()
        == tables.sql("select count(*), 0, 0, 0 from hub.person.dim_person").fetchall()
    )


def test_all_dates_of_a_person_move_by_the_same_days(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """Events of a person with a start of its own in the hub are found again, moved."""
    moved = tables.sql(
        "select moved_days, count(*) from vault.intermediate.int_coarse__people "
        "group by 1 order by 1"
    ).fetchall()
    assert [days for days, _ in moved] == list(range(-SHIFT, SHIFT + 1))
    true, all_events, first, last = tables.sql(
        "select count(*) filter (where events.care_event_id is not null), count(*), "
        "min(coarse.start_date), max(coalesce(coarse.end_date, coarse.start_date)) "
        "from (select distinct person_id, event_type, start_date, end_date "
        "from coarse.person.fct_coarse_care_event) as coarse "
        "join vault.intermediate.int_coarse__people as people "
        "on coarse.person_id = people.coarse_person_id "
        "left join (select person_id, event_type, start_date, "
        "min(care_event_id) as care_event_id "
        "from hub.person.fct_care_event group by all) as events "
        "on events.person_id = people.person_id "
        "and events.event_type = coarse.event_type "
        "and coarse.start_date = events.start_date + people.moved_days"
    ).fetchall()[0]
    assert true == all_events > 1000
    assert str(first) >= "2020-05-01"
    assert str(last) <= "2025-03-01"
