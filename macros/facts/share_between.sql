{% macro share_between(part, total) -%}
    {#- Columns share, share_lower and share_upper of two rounded counts. -#}
    cast({{ part }} * 1.0e0 / nullif({{ total }}, 0) as double) as share,
    cast(
        case when {{ part }} >= 2 then {{ part }} - 2 when {{ part }} >= 0 then 0 end
        * 1.0e0
        / nullif({{ total }} + 2, 0) as double
    ) as share_lower,
    cast(
        case
            when {{ part }} = 0 then 0.0e0
            when {{ part }} + 2 >= {{ total }} - 2 then 1.0e0
            else ({{ part }} + 2) * 1.0e0 / ({{ total }} - 2)
        end as double
    ) as share_upper
{%- endmacro %}
