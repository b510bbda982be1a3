{% macro median(expression) -%}
    {#- The median of the rows of a window; unknown values do not count. -#}
    {{- adapter.dispatch('median')(expression) -}}
{%- endmacro %}

{% macro duckdb__median(expression) -%}
    median({{ expression }})
{%- endmacro %}

{% macro spark__median(expression) -%}
    percentile({{ expression }}, 0.5e0)
{%- endmacro %}
