with landed as (
    {{ read_feed(source('acute_sus', 'apc_episode'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('commissioning.service_agreement.provider') }} as provider_code,
        {{ raw_text('EPISODES_ID') }} as episode_key,
        {{ raw_text('PRIMARYKEY_ID') }} as spell_key,
        {{ raw_text('spell.hospital_provider_spell_number') }} as spell_number,
        {{ raw_text('care_professional.main_specialty') }} as main_specialty_code,
        {{ raw_text('care_professional.treatment_function') }}
            as treatment_function_code,
        {{ raw_text('clinical_coding.grouper_derived.dominant_procedure') }}
            as dominant_procedure_code,
        {{ raw_integer('number') }} as episode_number,
        case {{ raw_text('last_episode_indicator') }}
            when '1' then true
            when '2' then false
        end as is_last_episode,
        {{ raw_date('start_date') }} as start_date,
        {{ raw_date('end_date') }} as end_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
