with merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
)

select
    merged_numbers.superseded_nhs_number,
    merged_numbers.current_nhs_number
from merged_numbers
inner join merged_numbers as later_mergers
    on merged_numbers.current_nhs_number = later_mergers.superseded_nhs_number
