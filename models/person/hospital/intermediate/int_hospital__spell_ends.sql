with spells as (
    select * from {{ ref('stg_acute_sus__spells') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
    where feed = 'acute_sus'
),

organisation_successors as (
    select
        organisation_code,
        max_by(successor_code, effective_date) as successor_code
    from {{ ref('organisation_successors') }}
    group by organisation_code
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

identified as (
    select
        {{ event_id('hospital_spell', [
            'spells.provider_code', 'spells.spell_number'
        ]) }} as hospital_spell_id,
        links.person_id,
        coalesce(organisation_successors.successor_code, spells.provider_code)
            as current_organisation_code,
        spells.patient_classification_code,
        spells.admission_time,
        organisation_successors.successor_code is not null as is_taken_over,
        spells.admission_date,
        spells.discharge_date,
        {{ assumed_end(
            'spells.admission_date',
            'spells.discharge_date',
            'submissions.confirmed_until_date',
            'deaths.death_date'
        ) }} as assumed_discharge_date,
        submissions.period_end_date as last_listed_date
    from spells
    inner join links on spells.source_record_id = links.source_record_id
    left join submissions on spells.file_id = submissions.file_id
    left join organisation_successors
        on spells.provider_code = organisation_successors.organisation_code
    left join deaths on links.person_id = deaths.person_id
    cross join id_salt
    where not spells.is_birth
),

-- One stay under two numbers: the same person, hospital (or the one that took it over)
-- and moment of admission, and the same end or none.
copies as (
    select
        *,
        row_number() over (
            partition by
                person_id,
                current_organisation_code,
                admission_date,
                admission_time,
                patient_classification_code,
                discharge_date
            order by case when is_taken_over then 1 else 0 end, hospital_spell_id
        ) as copy_number,
        min(discharge_date) over (
            partition by
                person_id,
                current_organisation_code,
                admission_date,
                admission_time,
                patient_classification_code
        ) as first_discharge_date
    from identified
)

select
    hospital_spell_id,
    copy_number > 1
    or (discharge_date is null and first_discharge_date is not null)
        as is_probable_duplicate,
    discharge_date is null
    and coalesce(first_discharge_date, assumed_discharge_date) is not null
        as is_end_assumed,
    coalesce(discharge_date, first_discharge_date, assumed_discharge_date)
        as discharge_date,
    last_listed_date
from copies
