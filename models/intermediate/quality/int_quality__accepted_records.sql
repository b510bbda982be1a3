{%- set parts = {
    'hospital_spell': ('acute_sus__spells', 'admission_date'),
    'emergency_attendance': ('acute_sus__emergency_attendances', 'arrival_date'),
    'community_bed_stay': ('community_beds__bed_stays', 'admission_date'),
    'social_care_event': ('social_care_cld__events', 'start_date'),
    'listed_delay': ('delays__patient_delays', 'start_date'),
} -%}
{%- set contacts = {
    'community_contact': 'community_csds',
    'mental_health_contact': 'mental_health_mhsds',
} -%}

with links as (
    select * from {{ ref('int_identity__links') }}
),

hub_links as (
    select * from {{ ref('int_identity__hub_links') }}
),

{% for fact, feed in contacts.items() %}
    {{ fact }} as (
        select
            '{{ feed }}' as feed,
            '{{ fact }}' as fact,
            patients.source_record_id,
            false as is_birth,
            contacts.contact_date as record_date
        from {{ ref('stg_' ~ feed ~ '__contacts') }} as contacts
        left join {{ ref('stg_' ~ feed ~ '__referrals') }} as referrals
            on
                contacts.provider_code = referrals.provider_code
                and contacts.referral_id = referrals.referral_id
        left join {{ ref('stg_' ~ feed ~ '__patients') }} as patients
            on
                referrals.provider_code = patients.provider_code
                and referrals.local_patient_id = patients.local_patient_id
    ),
{% endfor %}

mental_health_spell as (
    select
        'mental_health_mhsds' as feed,
        'mental_health_spell' as fact,
        patients.source_record_id,
        false as is_birth,
        spells.admission_date as record_date
    from {{ ref('stg_mental_health_mhsds__spells') }} as spells
    left join {{ ref('stg_mental_health_mhsds__patients') }} as patients
        on
            spells.provider_code = patients.provider_code
            and spells.local_patient_id = patients.local_patient_id
),

records as (
    {%- for fact in contacts %}
        select * from {{ fact }}
        union all
    {%- endfor %}
    select * from mental_health_spell
    union all
    {%- for fact, part in parts.items() %}
        select
            '{{ part[0].split("__")[0] }}' as feed,
            '{{ fact }}' as fact,
            source_record_id,
            {{ 'is_birth' if fact == 'hospital_spell' else 'false as is_birth' }},
            {{ part[1] }} as record_date
        from {{ ref('stg_' ~ part[0]) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    records.feed,
    records.fact,
    cast(date_trunc('month', records.record_date) as date) as month_start_date,
    count(*) as accepted_count,
    count(case when links.source_record_id is null then 1 end) as without_patient_count,
    count(
        case
            when links.source_record_id is not null and hub_links.person_id is null
                then 1
        end
    ) as opted_out_count,
    count(case when records.is_birth and hub_links.person_id is not null then 1 end)
        as birth_count
from records
left join links on records.source_record_id = links.source_record_id
left join hub_links on records.source_record_id = hub_links.source_record_id
group by
    records.feed,
    records.fact,
    cast(date_trunc('month', records.record_date) as date)
