{% macro star_except(columns) -%}
    {#- All columns but these. -#}
    {{- adapter.dispatch('star_except')(columns) -}}
{%- endmacro %}

{% macro duckdb__star_except(columns) -%}
    * exclude ({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__star_except(columns) -%}
    * except ({{ columns | join(', ') }})
{%- endmacro %}
