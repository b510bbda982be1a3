with records as (
    select * from {{ ref('base_acute_sus__episodes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    {{ file_sender() }} as sender_code,
    episode_key,
    spell_key,
    spell_number,
    main_specialty_code,
    treatment_function_code,
    dominant_procedure_code,
    file_id,
    line_number,
    episode_number,
    is_last_episode,
    start_date,
    end_date
from latest
