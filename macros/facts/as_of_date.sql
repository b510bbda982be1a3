{% macro as_of_date() -%}
    {#- The day the hub looks from: var as_of_date. -#}
    cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}
