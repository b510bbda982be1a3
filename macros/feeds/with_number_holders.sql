{% macro with_number_holders(patients) -%}
    {#- Patient records, each with which person in turn has its local number, and from
        and until which day. Null is since ever and until now: a provider seldom gives a
        number to another person. Another person has another birth date and another NHS
        number or, where a number is missing, both names different. The number passes
        on after the last month in which its holder is listed. -#}
    with has_two_birth_dates as (
        select
            provider_code,
            local_patient_id
        from {{ patients }}
        group by provider_code, local_patient_id
        having min(birth_date) <> max(birth_date)
    ),

    listed as (
        select
            {{ patients }}.file_id,
            {{ patients }}.line_number,
            {{ patients }}.provider_code,
            {{ patients }}.local_patient_id,
            {{ patients }}.nhs_number,
            upper({{ patients }}.forename) as forename,
            upper({{ patients }}.surname) as surname,
            {{ patients }}.birth_date,
            cast(split_part({{ patients }}.file_id, '__', 2) || '-01' as date)
                as listed_month,
            row_number() over (
                partition by
                    {{ patients }}.provider_code,
                    {{ patients }}.local_patient_id,
                    {{ patients }}.file_id
                order by {{ patients }}.line_number desc
            ) as line_recency
        from {{ patients }}
        inner join has_two_birth_dates
            on
                {{ patients }}.provider_code = has_two_birth_dates.provider_code
                and {{ patients }}.local_patient_id
                = has_two_birth_dates.local_patient_id
        where {{ patients }}.birth_date is not null
    ),

    compared as (
        select
            *,
            lag(nhs_number) over number_history as earlier_nhs_number,
            lag(forename) over number_history as earlier_forename,
            lag(surname) over number_history as earlier_surname,
            lag(birth_date) over number_history as earlier_birth_date
        from listed
        where line_recency = 1
        window
            number_history as (
                partition by provider_code, local_patient_id
                order by listed_month, file_id
            )
    ),

    counted as (
        select
            *,
            sum(
                case
                    when
                        birth_date <> earlier_birth_date
                        and coalesce(
                            nhs_number <> earlier_nhs_number,
                            forename <> earlier_forename
                            and surname <> earlier_surname
                        )
                        then 1
                    else 0
                end
            ) over (
                partition by provider_code, local_patient_id
                order by listed_month, file_id
                rows between unbounded preceding and current row
            ) as holder_number
        from compared
    ),

    holders as (
        select
            provider_code,
            local_patient_id,
            holder_number,
            cast({{ dbt.dateadd('month', 1, 'max(listed_month)') }} as date)
                as month_after
        from counted
        group by provider_code, local_patient_id, holder_number
    ),

    ranges as (
        select
            *,
            lag(month_after) over in_order as held_from_date,
            case when lead(holder_number) over in_order is not null then month_after end
                as held_until_date
        from holders
        window
            in_order as (
                partition by provider_code, local_patient_id order by holder_number
            )
    )

    select
        {{ patients }}.*,
        cast(1 + coalesce(counted.holder_number, 0) as integer) as holder_number,
        ranges.held_from_date,
        ranges.held_until_date
    from {{ patients }}
    left join has_two_birth_dates
        on
            {{ patients }}.provider_code = has_two_birth_dates.provider_code
            and {{ patients }}.local_patient_id = has_two_birth_dates.local_patient_id
    left join counted
        on
            {{ patients }}.file_id = counted.file_id
            and {{ patients }}.line_number = counted.line_number
    left join ranges
        on
            counted.provider_code = ranges.provider_code
            and counted.local_patient_id = ranges.local_patient_id
            and counted.holder_number = ranges.holder_number
    -- A record of such a number without a birth date could be of either person.
    where
        has_two_birth_dates.local_patient_id is null
        or counted.line_number is not null
{%- endmacro %}
