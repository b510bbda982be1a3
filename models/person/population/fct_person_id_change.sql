with changes as (
    select * from {{ ref('int_identity__person_changes') }}
),

former_pseudonyms as (
    select * from {{ ref('int_identity__former_pseudonyms') }}
),

pseudonyms as (
    select
        id_key,
        person_id
    from {{ ref('int_identity__pseudonyms') }}
),

-- The person of a change may have changed again since.
all_pseudonyms as (
    select * from pseudonyms
    union distinct
    select * from former_pseudonyms
)

select
    md5(
        former_pseudonyms.person_id || '|' || all_pseudonyms.person_id || '|'
        || changes.method || '|'
        || cast(changes.build_number as {{ dbt.type_string() }})
    ) as person_id_change_id,
    former_pseudonyms.person_id as former_person_id,
    all_pseudonyms.person_id,
    changes.change as kind,
    changes.cause,
    changes.build_number,
    changes.record_count,
    changes.changed_on_date
from changes
inner join former_pseudonyms
    on changes.former_id_key = former_pseudonyms.id_key
inner join all_pseudonyms on changes.id_key = all_pseudonyms.id_key
