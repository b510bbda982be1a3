{% macro feeds_root() -%}
    {#- The folder that holds all feeds; published files may be in another folder. -#}
    {{- env_var('HUB_FEEDS', 'demo/feeds') -}}
{%- endmacro %}
