-- How many pseudonyms have changed since earlier builds?
select
    count(*) as changes,
    count(distinct former_person_id) as former_pseudonyms,
    count(distinct person_id) as pseudonyms_now,
    coalesce(sum(record_count), 0) as records
from {{ ref('fct_person_id_change') }}
