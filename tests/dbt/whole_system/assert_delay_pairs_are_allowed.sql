with listed as (
    select * from {{ ref('int_delays__listed') }}
),

reasons as (
    select * from {{ ref('dtoc_reasons') }}
)

select
    listed.listed_delay_id,
    listed.reason_code,
    listed.responsible_body
from listed
left join reasons on listed.reason_code = reasons.code
where
    listed.reason_code is not null
    and listed.responsible_body is not null
    and not coalesce(
        case listed.responsible_body
            when 'NHS' then reasons.is_nhs_allowed
            when 'Social Care' then reasons.is_social_care_allowed
            when 'Both' then reasons.is_both_allowed
        end,
        false
    )
