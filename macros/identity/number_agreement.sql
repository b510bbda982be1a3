{% macro number_agreement(record, version) -%}
    {#- What of a record and a version of a number's usual demographics shows that the
        number is the person's own, 3 (strongest) to 1; 0 when nothing does.
        3: the whole birth date. 2: two of its three parts, or day and month swapped, and
        a similar name. 1: both names. On 1 January, often recorded for an unknown
        birthday, a similar name is needed beside the date. Names may be in the other
        order. -#}
    {%- set has_similar_name -%}
    coalesce(
        {{ similar_names(record ~ '.comparable_forename', version ~ '.comparable_forename') }}
        or {{ similar_names(record ~ '.comparable_surname', version ~ '.comparable_surname') }}
        or (
            {{ similar_names(record ~ '.comparable_forename', version ~ '.comparable_surname') }}
            and {{ similar_names(record ~ '.comparable_surname', version ~ '.comparable_forename') }}
        ),
        false
    )
    {%- endset -%}
    {%- set day -%}extract(day from {{ record }}.birth_date){%- endset -%}
    {%- set month -%}extract(month from {{ record }}.birth_date){%- endset -%}
    {%- set year -%}extract(year from {{ record }}.birth_date){%- endset -%}
    {%- set other_day -%}extract(day from {{ version }}.birth_date){%- endset -%}
    {%- set other_month -%}extract(month from {{ version }}.birth_date){%- endset -%}
    {%- set other_year -%}extract(year from {{ version }}.birth_date){%- endset -%}
    case
        when
            {{ record }}.birth_date = {{ version }}.birth_date
            {%- if not var('feeds_are_pseudonymised') %}
            and (
                {{ day }} > 1
                or {{ month }} > 1
                or {{ has_similar_name }}
            )
            {%- endif %}
            then 3
        when
            (
                (
                    case when {{ day }} = {{ other_day }} then 1 else 0 end
                    + case when {{ month }} = {{ other_month }} then 1 else 0 end
                    + case when {{ year }} = {{ other_year }} then 1 else 0 end
                ) >= 2
                or (
                    {{ year }} = {{ other_year }}
                    and {{ day }} = {{ other_month }}
                    and {{ month }} = {{ other_day }}
                )
            )
            and {{ has_similar_name }}
            then 2
        when
            (
                {{ record }}.comparable_surname = {{ version }}.comparable_surname
                and {{ record }}.comparable_forename = {{ version }}.comparable_forename
            )
            or (
                {{ record }}.comparable_surname = {{ version }}.comparable_forename
                and {{ record }}.comparable_forename = {{ version }}.comparable_surname
            )
            then 1
        else 0
    end
{%- endmacro %}
