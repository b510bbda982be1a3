"""What is compared: people who are known, and units of records that are not settled."""

import duckdb
import pyarrow as pa

from intelligence.linkage.splink_model import COLUMNS, NO_BIRTH_DATE, add_versions

# What systems write when a local number is not known.
NO_LOCAL_NUMBER = ("NULL", "UNKNOWN", "NONE", "N/A", "NA", "NK", "0", "-", "")
LOCAL_NUMBER = (
    f"case when upper(trim(local_patient_id)) not in {NO_LOCAL_NUMBER} "
    "then local_patient_id end"
)
# Records of one origin stand or fall together when a number is hidden.
ORIGIN = "coalesce(provider_code || ' ' || local_number, source_record_id)"
# Enough to know a feed's precision to half a percent, few enough to cost seconds.
BLIND_RECORDS = 20_000


def comparable(
    people: duckdb.DuckDBPyRelation,
    records: duckdb.DuckDBPyRelation,
    numbers: duckdb.DuckDBPyRelation,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Take the people, records and settled records for `link` from `models/identity`.

    `people`, `records` and `numbers` are known_people, source_records and number_links.
    Besides the records that no NHS number settles there are BLIND_RECORDS whose number
    settled them, of people on the register, with the number hidden. Record ids are
    hashes, so the first ones are a random sample. People known from records alone are
    left out: they would be found by those same records. Of the records that numbers
    settled those are returned that say something new of their person, such as an
    address that the register does not have.
    """
    demographics = (
        "comparable_forename as forename, comparable_surname as surname, birth_date, "
        "sex, postcode, death_date"
    )
    columns = (
        "records.source_record_id, provider_code, local_patient_id, "
        f"first_period_start_date, {demographics}"
    )
    numbered = records.set_alias("records").join(
        numbers.set_alias("numbers"),
        "records.source_record_id = numbers.source_record_id",
    )
    unsettled = numbered.filter("person_key is null").project(
        f"{columns}, current_nhs_number as nhs_number, false as is_blind"
    )
    registered = people.filter("is_on_spine").project("person_key").distinct()
    blind = (
        numbered.filter("method = 'verified_nhs_number'")
        .project(f"{columns}, null as nhs_number, true as is_blind, person_key")
        .join(registered, "person_key", how="semi")
        .project("* exclude person_key")
        .order("source_record_id")
        .limit(BLIND_RECORDS)
    )
    known = people.set_alias("known")
    says_nothing_new = " and ".join(
        f"records.{name} is not distinct from known.{name}"
        for name in ("comparable_forename", "comparable_surname", "postcode")
    )
    settled = (
        numbered.filter("person_key is not null")
        .project(
            "numbers.person_key, records.* replace (current_nhs_number as nhs_number)"
        )
        .set_alias("records")
        .join(
            known,
            f"records.person_key = known.person_key and {says_nothing_new}",
            how="anti",
        )
        .project(f"person_key, nhs_number, {columns}")
    )
    return (
        people.project(f"person_key, nhs_number, {demographics}").to_arrow_table(),
        unsettled.union(blind).to_arrow_table(),
        settled.to_arrow_table(),
    )


def add_units(connection: duckdb.DuckDBPyConnection, records: pa.Table) -> None:
    """Make tables `member` (record and its unit) and `record` (versions of units).

    Records of one local patient number with the same names and birth date are one unit,
    named by the first of them: they differ in address or number only, so what finds one
    of them finds all. A record without a name or birth date is a unit by itself: many
    unidentified patients have been entered under one number.
    """
    connection.register("records_given", records)
    connection.execute(
        f"""
        create table member as
        with known as (
            select
                *,
                {LOCAL_NUMBER} as local_number
            from records_given
        )

        select
            *,
            {ORIGIN} as origin,
            first_value(source_record_id) over first_in_unit as unit_key,
            first_value(first_period_start_date) over first_in_unit as founded_date
        from known
        window first_in_unit as (
            partition by
                is_blind,
                case
                    when
                        forename is not null
                        and surname is not null
                        and birth_date <> date '{NO_BIRTH_DATE}'
                        and local_number is not null
                        then provider_code || ' ' || local_number
                    else source_record_id
                end,
                forename,
                surname,
                birth_date
            order by first_period_start_date, source_record_id
        )
        """
    )
    connection.unregister("records_given")
    add_versions(
        connection,
        "record",
        "unit_key, origin, is_blind, founded_date, death_date",
        connection.execute("from member").to_arrow_table(),
    )


def add_settled(connection: duckdb.DuckDBPyConnection, settled: pa.Table) -> None:
    """Make table `settled`: what settled records say of their people.

    These are the records in `settled` and those that `decided` links. Only a record
    that has the person's given name counts, and their birth date or, if a number
    settled it, two of its three parts. So a record that was settled wrongly brings
    nothing of a twin or of a parent of the same name; a right one may add a surname, an
    address, a local number.
    """
    connection.register("settled_given", settled)
    rows = connection.execute(
        f"""
        with numbered as (
            select
                *,
                {LOCAL_NUMBER} as local_number
            from settled_given
        )

        select
            person_key, {ORIGIN} as origin, true as is_numbered, local_number,
            provider_code, {", ".join(COLUMNS)}
        from numbered
        union all
        select
            decided.person_key, origin, false as is_numbered, local_number,
            provider_code, {", ".join(COLUMNS)}
        from member
        inner join decided on member.unit_key = decided.unit_key
        where decision = 'linked' and not is_blind
        """
    ).to_arrow_table()
    connection.unregister("settled_given")
    add_versions(connection, "said", "person_key, origin, is_numbered", rows)
    connection.execute(
        """
        create table settled as
        select
            said.*,
            person.death_date
        from said
        inner join (
            select
                person_key,
                any_value(death_date) as death_date
            from anchor
            group by person_key
        ) as person
            on said.person_key = person.person_key
        where exists (
            select 1 from anchor
            where
                anchor.person_key = said.person_key
                and anchor.forename_core = said.forename_core
                and (
                    anchor.birth_date = said.birth_date
                    or (
                        said.is_numbered
                        and (
                            anchor.birth_date is null
                            or cast(anchor.birth_year = said.birth_year as integer)
                            + cast(month(anchor.birth_day) = month(said.birth_day)
                            as integer)
                            + cast(day(anchor.birth_day) = day(said.birth_day)
                            as integer) >= 2
                        )
                    )
                )
        )
        """
    )
