with landed as (
    {{ read_feed(source('acute_sus', 'apc_diagnosis'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ file_sender() }} as provider_code,
        {{ raw_text('EPISODES_ID') }} as episode_key,
        {{ raw_text('PRIMARYKEY_ID') }} as spell_key,
        {{ raw_text('code') }} as icd10_code,
        {{ raw_integer('ICD_ID') }} as position
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
