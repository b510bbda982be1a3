{% macro raw_nhs_number(column) -%}
    {#- A delivered NHS number as letters and digits only, since many write 943 476 5919
        or 943-476-5919, and a column of numbers with gaps 9434765919.0; empty is null. A
        common pseudonym stays as it is. -#}
    {%- if var('feeds_are_pseudonymised') -%}
    {{ raw_text(column) }}
    {%- else -%}
    nullif({{ replace_all('raw.' ~ adapter.quote(column), '[.]0$|[^0-9A-Za-z]', '') }}, '')
    {%- endif -%}
{%- endmacro %}
