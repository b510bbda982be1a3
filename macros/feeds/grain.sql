{% macro grain() -%}
    {#- The columns that identify a row of this model: its config.meta.grain. -#}
    {{- model.config.meta.grain | join(', ') if execute else 'file_id' -}}
{%- endmacro %}
