-- Do two organisations agree about the people whom they both list as delayed?
select
    organisation_code,
    other_organisation_code,
    sum(known_to_both_count) as on_both_lists,
    sum(known_to_first_only_count) as on_the_first_list_only,
    sum(known_to_other_only_count) as on_the_other_list_only,
    sum(reason_agreed_count) as same_reason,
    sum(responsible_body_agreed_count) as same_responsible_body
from {{ ref('fct_delay_agreement') }}
group by organisation_code, other_organisation_code
order by on_both_lists desc, organisation_code asc, other_organisation_code asc
