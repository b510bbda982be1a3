{% macro bed_need_from_date() -%}
    {#- First day of the years that bed need is taken from: var bed_need_years whole years
        before the as-of date, but not before the hub's first month. -#}
    greatest(
        cast('{{ var("first_month") }}' as date),
        {{ add_days(
            'cast(' ~ dbt.dateadd('year', -var('bed_need_years'), as_of_date())
            ~ ' as date)', 1
        ) }}
    )
{%- endmacro %}
