{% macro feeds_root() -%}
    {#- The folder that holds all feeds; the published files may stand elsewhere. -#}
    {{- env_var('HUB_FEEDS', 'demo/feeds') -}}
{%- endmacro %}
