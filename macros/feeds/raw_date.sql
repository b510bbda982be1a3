{% macro raw_date(column) -%}
    {#- A delivered ISO date or timestamp as a date; null when it cannot be read. Of a
        month, as in pseudonymised feeds, the first day. -#}
    {%- set text = "substr(trim(raw." ~ adapter.quote(column) ~ "), 1, 10)" -%}
    {%- if var('feeds_are_pseudonymised') -%}
    try_cast(case when length({{ text }}) = 7 then {{ text }} || '-01' else {{ text }} end as date)
    {%- else -%}
    try_cast({{ text }} as date)
    {%- endif -%}
{%- endmacro %}
