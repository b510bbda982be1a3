{% macro iso_date(text) -%}
    {#- An ISO date or timestamp as a date; null when it cannot be read. Pseudonymised
        feeds give birth dates as months: the first day then stands for the month. -#}
    {%- if var('feeds_are_pseudonymised') -%}
    try_cast(
        substr({{ text }}, 1, 10)
        || case when length({{ text }}) = 7 then '-01' else '' end as date
    )
    {%- else -%}
    try_cast(substr({{ text }}, 1, 10) as date)
    {%- endif -%}
{%- endmacro %}
