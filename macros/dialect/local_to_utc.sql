{% macro local_to_utc(timestamp) -%}
    {#- A local time of England as UTC; in the hour that the clocks repeat, the same hour
        for all times. -#}
    {{- adapter.dispatch('local_to_utc')(timestamp) -}}
{%- endmacro %}

{% macro duckdb__local_to_utc(timestamp) -%}
    timezone('UTC', timezone('Europe/London', {{ timestamp }}))
{%- endmacro %}

{% macro spark__local_to_utc(timestamp) -%}
    to_utc_timestamp({{ timestamp }}, 'Europe/London')
{%- endmacro %}
