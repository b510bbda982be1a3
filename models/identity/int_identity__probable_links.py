from intelligence.linkage import link

# Enough for the precision of a feed to within half a percent, and few enough to cost
# seconds. Record ids are hashes, so the first ones are a random sample.
BLIND_RECORDS = 20000


def model(dbt, session):
    dbt.config(materialized="table")
    records = dbt.ref("int_identity__source_records").set_alias("records")
    numbers = dbt.ref("int_identity__number_links").set_alias("numbers")
    people = dbt.ref("int_identity__known_people").set_alias("people")
    demographics = (
        "comparable_forename as forename, comparable_surname as surname, "
        "birth_date, sex, postcode, death_date"
    )
    columns = (
        "records.source_record_id, provider_code, local_patient_id, "
        f"first_period_start_date, {demographics}"
    )
    numbered = records.join(
        numbers, "records.source_record_id = numbers.source_record_id"
    )
    unsettled = numbered.filter("person_key is null").project(
        f"{columns}, current_nhs_number as nhs_number, false as is_blind"
    )
    on_spine = people.filter("is_on_spine").project("person_key").distinct()
    blind = (
        numbered.filter("method = 'verified_nhs_number'")
        .project(f"{columns}, null as nhs_number, true as is_blind, person_key")
        .set_alias("verified")
        .join(on_spine.set_alias("spine"), "person_key", how="semi")
        .project("* exclude person_key")
        .order("source_record_id")
        .limit(BLIND_RECORDS)
    )
    return link(
        people.project(f"person_key, nhs_number, {demographics}").to_arrow_table(),
        unsettled.union(blind).to_arrow_table(),
    )
