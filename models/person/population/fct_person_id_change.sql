with changes as (
    select * from {{ ref('int_identity__person_changes') }}
),

former_pseudonyms as (
    select * from {{ ref('int_identity__former_pseudonyms') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
)

select
    md5(
        former_pseudonyms.person_id || '|' || pseudonyms.person_id || '|'
        || changes.method || '|'
        || cast(changes.build_number as {{ dbt.type_string() }})
    ) as person_id_change_id,
    former_pseudonyms.person_id as former_person_id,
    pseudonyms.person_id,
    changes.change as kind,
    changes.cause,
    changes.build_number,
    changes.record_count,
    changes.changed_on_date
from changes
inner join former_pseudonyms
    on changes.former_person_key = former_pseudonyms.person_key
inner join pseudonyms on changes.person_key = pseudonyms.person_key
