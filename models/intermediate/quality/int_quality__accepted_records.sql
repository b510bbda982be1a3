{%- set parts = {
    'hospital_spell': ('acute_sus__spells', 'admission_date'),
    'emergency_attendance': ('acute_sus__emergency_attendances', 'arrival_date'),
    'community_bed_stay': ('community_beds__bed_stays', 'admission_date'),
    'social_care_event': ('social_care_cld__events', 'start_date'),
    'listed_delay': ('delays__patient_delays', 'start_date'),
} -%}
{%- set by_patient = {
    'community_contact': ('community_csds', 'contacts', 'contact_date'),
    'mental_health_contact': ('mental_health_mhsds', 'contacts', 'contact_date'),
    'mental_health_spell': ('mental_health_mhsds', 'spells', 'admission_date'),
} -%}

with links as (
    select * from {{ ref('int_identity__links') }}
),

hub_links as (
    select * from {{ ref('int_identity__hub_links') }}
),

{% for fact, part in by_patient.items() %}
{{ fact }} as (
    select
        '{{ part[0] }}' as feed,
        '{{ fact }}' as fact,
        patients.source_record_id,
        records.{{ part[2] }} as record_date
    from {{ ref('stg_' ~ part[0] ~ '__' ~ part[1]) }} as records
    {%- if part[1] == 'contacts' %}
    left join {{ ref('stg_' ~ part[0] ~ '__referrals') }} as referrals
        on
            records.provider_code = referrals.provider_code
            and records.referral_id = referrals.referral_id
    left join {{ ref('stg_' ~ part[0] ~ '__patients') }} as patients
        on
            referrals.provider_code = patients.provider_code
            and referrals.local_patient_id = patients.local_patient_id
    {%- else %}
    left join {{ ref('stg_' ~ part[0] ~ '__patients') }} as patients
        on
            records.provider_code = patients.provider_code
            and records.local_patient_id = patients.local_patient_id
    {%- endif %}
),
{% endfor %}

records as (
    {%- for fact in by_patient %}
    select * from {{ fact }}
    union all
    {%- endfor %}
    {%- for fact, part in parts.items() %}
    select
        '{{ part[0].split("__")[0] }}' as feed,
        '{{ fact }}' as fact,
        source_record_id,
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
    ) as opted_out_count
from records
left join links on records.source_record_id = links.source_record_id
left join hub_links on records.source_record_id = hub_links.source_record_id
group by
    records.feed,
    records.fact,
    cast(date_trunc('month', records.record_date) as date)
