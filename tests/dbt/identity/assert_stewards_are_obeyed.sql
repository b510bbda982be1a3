{{ config(severity='warn') }}

select
    decision_number,
    outcome
from {{ ref('int_identity__steward_outcomes') }}
where outcome not in ('obeyed', 'overruled by a later decision')
